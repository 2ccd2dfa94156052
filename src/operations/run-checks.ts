import type { Check, CheckGroup, Finding } from './finding.ts';

/** Milliseconds that one check may take. */
const CHECK_TIMEOUT_MS = 30_000;

export interface ChecksOptions {
  readonly timeoutMs?: number;
  /** Hears what is being looked at. */
  readonly onBegin?: (check: Check) => void;
  /** Hears each finding, in the order of the groups. */
  readonly onFinding?: (finding: Finding, group: CheckGroup) => void;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';

/** One check, which ends in time and never rejects: what keeps it from looking is its finding. */
const runCheck = async ({ id, about, run }: Check, timeoutMs: number): Promise<readonly Finding[]> => {
  const controller = new AbortController();
  const { promise: tooLong, resolve } = Promise.withResolvers<readonly Finding[]>();
  const timer = setTimeout(() => {
    controller.abort();
    resolve([{ check: id, state: 'bad', says: `Looking at ${about} took longer than ${timeoutMs / 1000} s.`, cure: 'Try again; if it goes on, check the network.' }]);
  }, timeoutMs);
  try {
    return await Promise.race([run(controller.signal), tooLong]);
  } catch (error) {
    return [{ check: id, state: 'bad', says: `I could not look at ${about}: ${messageOf(error)}.` }];
  } finally {
    clearTimeout(timer);
  }
};

/** Runs the groups beside each other, and the checks of each one after the other. Never rejects. */
export const runChecks = async (
  groups: readonly CheckGroup[],
  { timeoutMs = CHECK_TIMEOUT_MS, onBegin, onFinding }: ChecksOptions = {},
): Promise<readonly Finding[]> => {
  const found: Finding[][] = groups.map(() => []);
  const isDone = groups.map(() => false);
  let speaking = 0;
  let told = 0;
  /** Groups speak in their order, however quick the later ones are. */
  const tell = (): void => {
    for (; speaking < groups.length; speaking += 1, told = 0) {
      const group = groups[speaking];
      for (const finding of found[speaking]?.slice(told) ?? []) {
        told += 1;
        if (group !== undefined) onFinding?.(finding, group);
      }
      if (isDone[speaking] !== true) return;
    }
  };
  await Promise.all(
    groups.map(async ({ checks }, index) => {
      for (const check of checks) {
        onBegin?.(check);
        found[index]?.push(...(await runCheck(check, timeoutMs)));
        tell();
      }
      isDone[index] = true;
      tell();
    }),
  );
  return found.flat();
};

/** Looks at everything, or at what the admins of servers may see. */
export type Inspect = (isOwner: boolean) => Promise<readonly Finding[]>;

/** Milliseconds that a look is good for: whoever asks again and again gets the same, and Bedrock one call. */
const GOOD_MS = 30_000;
/** Somebody waits for the answer on Discord. */
const INSPECT_TIMEOUT_MS = 15_000;

const forAdminsIn = (groups: readonly CheckGroup[]): ReadonlySet<string> =>
  new Set(groups.flatMap(({ checks }) => checks.filter(({ isForAdmins }) => isForAdmins).map(({ id }) => id)));

/** @param now milliseconds that only go forward */
export const createInspect = (load: () => Promise<readonly CheckGroup[]>, now: () => number): Inspect => {
  let looking: Promise<readonly Finding[]> | undefined;
  let lookedAt = Number.NEGATIVE_INFINITY;
  return async (isOwner) => {
    const groups = await load();
    if (looking === undefined || now() - lookedAt > GOOD_MS) {
      lookedAt = now();
      looking = runChecks(groups, { timeoutMs: INSPECT_TIMEOUT_MS });
    }
    const findings = await looking;
    if (isOwner) return findings;
    const forAdmins = forAdminsIn(groups);
    return findings.filter(({ check }) => forAdmins.has(check));
  };
};
