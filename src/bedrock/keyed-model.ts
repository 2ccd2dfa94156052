import { Failure } from '../conversation/failure.ts';
import type { LanguageModel } from '../conversation/ports.ts';
import type { KeyKeeper } from './key-keeper.ts';

/**
 * A model that is called only while there is a key to call it with: a call with a dead key would burn the question.
 * @param load gives the model, with the first question
 */
export const createKeyedModel = (keys: KeyKeeper, load: () => Promise<LanguageModel>): LanguageModel => {
  let loading: Promise<LanguageModel> | undefined;
  const loaded = (): Promise<LanguageModel> =>
    (loading ??= load().catch((error: unknown) => {
      // The next question tries again.
      loading = undefined;
      throw error;
    }));
  return {
    async *converse(prompt, signal, onWait) {
      const model = await loaded();
      let refusal: Failure | undefined;
      let refusedKey: string | undefined;
      for (;;) {
        const waiting = keys.ready(signal, onWait);
        if (waiting !== undefined) await waiting;
        const key = keys.read();
        if (refusal !== undefined && key === refusedKey) throw refusal;
        let hasBegun = false;
        try {
          for await (const event of model.converse(prompt, signal)) {
            if (!hasBegun) keys.accepted(key);
            hasBegun = true;
            yield event;
          }
          return;
        } catch (error) {
          if (!(error instanceof Failure)) throw error;
          if (error.kind === 'key-refused') keys.refused(key);
          if (error.kind !== 'key-expired') throw error;
          keys.expired(key);
          if (hasBegun || !keys.isReplaceable) throw error;
          refusal = error;
          refusedKey = key;
        }
      }
    },
  };
};
