import { runChecks } from './run-checks.ts';
import type { CheckGroup, Finding } from '../finding.ts';

/** Looks at everything, or at what the admins of servers may see. */
export type Inspect = (isOwner: boolean) => Promise<readonly Finding[]>;

/** Milliseconds that a look is good for: whoever asks again and again gets the same, and Bedrock one call. */
const GOOD_MS = 30_000;
/** Somebody waits for the answer on Discord. */
const CHECK_TIMEOUT_MS = 15_000;

/** @param now milliseconds since the epoch */
export const createInspect = (groups: readonly CheckGroup[], now: () => number): Inspect => {
  const forAdmins = new Set(groups.flatMap(({ checks }) => checks.filter(({ isForAdmins }) => isForAdmins).map(({ id }) => id)));
  let looking: Promise<readonly Finding[]> | undefined;
  let lookedAt = Number.NEGATIVE_INFINITY;
  return async (isOwner) => {
    if (looking === undefined || now() - lookedAt > GOOD_MS) {
      lookedAt = now();
      looking = runChecks(groups, { timeoutMs: CHECK_TIMEOUT_MS });
    }
    const findings = await looking;
    return isOwner ? findings : findings.filter(({ check }) => forAdmins.has(check));
  };
};
