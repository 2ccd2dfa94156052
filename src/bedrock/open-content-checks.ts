import { Failure } from '../conversation/failure.ts';
import type { OnReport } from '../conversation/call-report.ts';
import type { CheckContent } from './content-checks.ts';
import type { KeyKeeper } from './key-keeper.ts';
import type { ModelConnection } from './open-model.ts';

export interface OpenContentChecksOptions {
  readonly connection: Pick<ModelConnection, 'region' | 'endpoint' | 'proxy'>;
  readonly keys: KeyKeeper;
  readonly onReport: OnReport;
  /** Milliseconds that only go forward. */
  readonly monotonicNow: () => number;
}

export interface OpenedContentChecks {
  readonly check: CheckContent;
  /** Why nothing could be checked, as the end of a sentence; undefined where it could. One check is made for it. Never rejects. */
  problem(): Promise<string | undefined>;
}

const TRIAL_MS = 10_000;
/** How long what was found counts, in milliseconds: a file may switch checks on in a hundred places. */
const KNOWN_MS = 10_000;
const NEVER = Infinity;

/** Bedrock's checks of content, connected with the first one. */
export const openContentChecks = ({ connection, keys, onReport, monotonicNow }: OpenContentChecksOptions): OpenedContentChecks => {
  const { region, endpoint, proxy } = connection;
  let loading: Promise<CheckContent> | undefined;
  const load = async (): Promise<CheckContent> => {
    const [{ createBedrockClient }, { createCheckContent }] = await Promise.all([import('./client.ts'), import('./content-checks.ts')]);
    return createCheckContent({ client: createBedrockClient({ apiKey: keys.read, region, endpoint, proxyVariables: proxy?.variables }), keys, onReport, region });
  };
  const check: CheckContent = async (...what) => {
    loading ??= load();
    await (await loading)(...what);
  };

  const tryIt = async (): Promise<string | undefined> => {
    try {
      await check(NEVER, 'user', ['Hello'], undefined, AbortSignal.timeout(TRIAL_MS));
      return undefined;
    } catch (error) {
      if (!(error instanceof Failure) || error.kind !== 'checks-refused') return 'could not be tried right now: try again in a minute';
      const { cause } = error;
      if (cause instanceof Failure && cause.kind === 'model-access') return 'cannot be made: my key lacks the permission bedrock:InvokeGuardrailChecks';
      return `cannot be made: Bedrock takes none in ${region}`;
    }
  };
  let known: { readonly at: number; readonly found: Promise<string | undefined> } | undefined;

  return {
    check,
    problem: () => {
      if (known === undefined || monotonicNow() - known.at > KNOWN_MS) known = { at: monotonicNow(), found: tryIt() };
      return known.found;
    },
  };
};
