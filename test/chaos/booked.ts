import { openStore } from '../../src/store/open-store.ts';
import { createUsageStore } from '../../src/store/usage-store.ts';
import { SUM_FIELDS } from '../../src/usage/sum.ts';
import type { ConverseRequestRecord, Responder } from '../simulators/bedrock.ts';

/** Tokens: into the model, out of it, read from the cache and written to it. */
type Tokens = readonly number[];

const FIELDS = SUM_FIELDS.filter((field) => field.endsWith('Tokens'));
const add = (one: Tokens, other: Tokens): Tokens => one.map((value, index) => value + (other[index] ?? 0));
const NONE: Tokens = FIELDS.map(() => 0);
const tokensOf = ({ usage }: ConverseRequestRecord): Tokens => [usage?.inputTokens ?? 0, usage?.outputTokens ?? 0, usage?.cacheReadInputTokens ?? 0, usage?.cacheWriteInputTokens ?? 0];

/** What has left the simulator may have been on its way when its process died, in milliseconds: on a busy machine, one stands still for longer than a call takes. */
const ON_ITS_WAY_MS = 1_000;
/** Calls that may have been on their way, of one member and model; with more of them anything would fit. */
const MOST_DOUBTED = 12;

interface ReportedCall {
  readonly account: string;
  /** Which process has made it. */
  readonly by: string;
  readonly tokens: Tokens;
  /** When it came, and when it was over. */
  readonly from: number;
  readonly at: number;
}

/** What makes a process say its name with each call. @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-appid.html */
export const callingAs = (name: string): Readonly<Record<string, string>> => ({ AWS_SDK_UA_APP_ID: name });
/** Whose call it is, as that says. */
export const callerOf = ({ headers }: Pick<ConverseRequestRecord, 'headers'>): string => / app\/(\S+)/u.exec(String(headers['user-agent'] ?? ''))?.[1] ?? 'nobody';

/** Whether some of the calls that were on their way make up what is missing. */
const fits = (missing: Tokens, doubted: readonly Tokens[]): boolean => {
  const [first, ...rest] = doubted;
  if (first === undefined) return missing.every((value) => value === 0);
  return fits(missing, rest) || fits(add(missing, first.map((value) => -value)), rest);
};

/** What the simulator reported of each call, by who asked; and what is booked in the end. */
export const createCounting = () => {
  const calls: ReportedCall[] = [];
  const kills: { readonly name: string; readonly from: number; to: number }[] = [];
  /** When there was no store that anything could be written to. */
  const storeless: { readonly from: number; to: number }[] = [];
  return {
    /** @param askerOf whose question a request asks */
    watching:
      (respond: Responder, askerOf: (request: ConverseRequestRecord) => string | undefined): Responder =>
      (request) => {
        const asker = askerOf(request);
        if (asker !== undefined) {
          const from = performance.now();
          void request.closed.then((record) => {
            if (record.usage !== undefined) calls.push({ account: `${asker} ${record.modelId}`, by: callerOf(record), tokens: tokensOf(record), from, at: performance.now() });
          });
        }
        return respond(request);
      },
    /** Of the process of that name, which is killed while `work` runs. */
    killing: async (name: string, work: () => Promise<void>): Promise<void> => {
      const since = performance.now() - ON_ITS_WAY_MS;
      const kill = { name, from: Math.min(since, ...storeless.filter(({ to }) => to >= since).map(({ from }) => from)), to: Infinity };
      kills.push(kill);
      await work();
      kill.to = performance.now();
    },
    /** While `work` runs, and for as long as it takes to notice that it is over, what a process knows it alone knows. */
    withoutStore: async (work: () => Promise<void>): Promise<void> => {
      const time = { from: performance.now(), to: Infinity };
      storeless.push(time);
      await work();
      time.to = performance.now();
    },
    /** What is booked of a member and a model, where that is not what was reported: to the token, but for what was on its way into a process that died. */
    differences: async (storeUrl: string): Promise<string[]> => {
      const store = openStore(storeUrl, { table: 'usage' });
      const booked = new Map<string, Tokens>();
      try {
        const usage = createUsageStore(store);
        while (await usage.fold());
        for (const month of new Set([Date.now() - 86_400_000, Date.now()].map((at) => new Date(at).toISOString().slice(0, 7)))) {
          for await (const [account, days] of usage.monthOfAll(month, 'member:')) {
            for (const { modelId, sum } of days) {
              const key = `${account.slice(account.lastIndexOf(':') + 1)} ${modelId}`;
              booked.set(key, add(booked.get(key) ?? NONE, FIELDS.map((field) => sum[field])));
            }
          }
        }
      } finally {
        await store.close();
      }
      // That a call is over is seen late on a busy machine, but none that its process has made comes behind that.
      const isDoubted = (call: ReportedCall): boolean => kills.some(({ name, from, to }) => name === call.by && call.at >= from && call.from <= to);
      return [...new Set([...booked.keys(), ...calls.map(({ account }) => account)])].flatMap((account) => {
        const own = calls.filter((call) => call.account === account);
        const certain = own.filter((call) => !isDoubted(call)).reduce((sum, { tokens }) => add(sum, tokens), NONE);
        const doubted = own.filter(isDoubted).map(({ tokens }) => tokens);
        const found = booked.get(account) ?? NONE;
        const isRight = doubted.length <= MOST_DOUBTED && fits(add(found, certain.map((value) => -value)), doubted);
        return isRight ? [] : [`booked: ${found.join(', ')} tokens of ${account}, of whom ${certain.join(', ')} were reported, and ${doubted.length} calls were on their way when their process died${doubted.map((tokens) => `; ${tokens.join(', ')}`).join('')}`];
      });
    },
    /** Each call that was reported: when, by which process, for whom, and its tokens. */
    lines: () => calls.map(({ at, by, account, tokens }) => `${new Date(performance.timeOrigin + at).toISOString()} ${by} ${account} ${tokens.join(', ')}`),
    /** Calls that were reported. */
    count: () => calls.length,
  };
};
