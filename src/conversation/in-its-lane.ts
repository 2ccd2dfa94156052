import type { LiveQuestion } from './live-question.ts';
import type { HistoryStore, Line, OnWait } from './ports.ts';
import type { Question } from './question.ts';

/** Runs `work` in the lane of a question's conversation. Rejects as the lane does, and as `work`. */
export type InItsLane = <Result>(live: LiveQuestion, work: () => Promise<Result>, signal: AbortSignal, onWait: OnWait) => Promise<Result>;

/** Where a conversation was moved while somebody waited for it, what they ask of it is asked where it is now. */
export const createInItsLane = (line: Pick<Line, 'inLane'>, histories: Pick<HistoryStore, 'movedTo'>): InItsLane => {
  /** What a button asks belongs to an exchange; all else belongs to the place where it is asked. */
  const movedSince = async ({ conversationId, firstAskedAs, behind }: Question): Promise<string | undefined> => {
    const origin = firstAskedAs ?? behind;
    const moved = origin === undefined ? undefined : await histories.movedTo(origin);
    return moved === conversationId ? undefined : moved;
  };

  return async (live, work, signal, onWait) => {
    for (;;) {
      const { conversationId, asker } = live.current;
      const attempt = async () => {
        const moved = await movedSince(live.current);
        if (moved === undefined) return { result: await work() };
        live.revise({ ...live.current, conversationId: moved });
        return undefined;
      };
      const done = await line.inLane(conversationId, attempt, signal, { askerId: asker.id, onWait });
      if (done !== undefined) return done.result;
    }
  };
};
