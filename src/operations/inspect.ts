import { runChecks } from './run-checks.ts';
import type { CheckGroup, Finding } from './finding.ts';

/** Looks at everything, or at what the admins of servers may see. */
export type Inspect = (isOwner: boolean) => Promise<readonly Finding[]>;

/** Milliseconds that a look is good for: whoever asks again and again gets the same, and Bedrock one call. */
const GOOD_MS = 30_000;
/** Somebody waits for the answer on Discord. */
const CHECK_TIMEOUT_MS = 15_000;

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
      looking = runChecks(groups, { timeoutMs: CHECK_TIMEOUT_MS });
    }
    const findings = await looking;
    if (isOwner) return findings;
    const forAdmins = forAdminsIn(groups);
    return findings.filter(({ check }) => forAdmins.has(check));
  };
};
