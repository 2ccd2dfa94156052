/** The least that anybody gets, as a part of an equal share: who needs nothing now may need something before others have heard of it. */
const LEAST = 0.1;

/**
 * What each of several gets of something that is there for all of them: a tenth of an equal share, and of the rest as much as
 * what they need is of all that is needed. All of them together get exactly the whole.
 * @param needs in any unit, the same for all; what is no number, or below zero, is none
 */
export const sharesOf = (whole: number, needs: readonly number[]): number[] => {
  const wanted = needs.map((need) => (Number.isFinite(need) && need > 0 ? need : 0));
  const most = Math.max(0, ...wanted);
  // Of the greatest, so that no sum is beyond all numbers.
  const parts = wanted.map((need) => (most === 0 ? 1 : need / most));
  const all = parts.reduce((sum, part) => sum + part, 0);
  const least = (LEAST * whole) / needs.length;
  return parts.map((part) => least + ((1 - LEAST) * whole * part) / all);
};
