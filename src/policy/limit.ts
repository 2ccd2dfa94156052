import type { LimitMeasure, LimitScope, LimitWindow } from '../conversation/reached-limit.ts';

/** What happens to a question for which nothing is left: a model that costs less may answer it. */
export type LimitAction = 'refuse' | 'warn' | { readonly model: string };

/** One limit, as an admin has written it. */
export interface Limit {
  readonly per: LimitScope;
  readonly roleId?: string | undefined;
  readonly counts: LimitMeasure;
  /** Absent for what is counted at once. */
  readonly window?: LimitWindow | undefined;
  /** `Infinity`: no limit where a wider place has one. */
  readonly most: number;
  readonly action: LimitAction;
}

/** What limits count that take each other's place: the same thing in the same time, with the same consequence. */
export const sortOf = ({ counts, window, action }: Limit): string => `${counts}/${window ?? ''}/${typeof action === 'string' ? action : 'model'}`;

/** The same for one scope: a place has one of each. */
export const kindOf = (limit: Limit): string => `${limit.per}${limit.roleId ?? ''}/${sortOf(limit)}`;

/** The models that answer in the place of others, each once. */
export const modelsIn = (limits: readonly Limit[]): readonly string[] => [...new Set(limits.flatMap(({ action }) => (typeof action === 'string' ? [] : [action.model])))];
