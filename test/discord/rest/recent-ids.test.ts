import { expect, it } from 'vitest';
import { createRecentIds } from '../../../src/discord/rest/recent-ids.ts';

it('the ids that were added last are known, and no more than so many', () => {
  const ids = createRecentIds(2);
  ids.add('1');
  ids.add('2');
  expect(['1', '2', '3'].map((id) => ids.has(id))).toEqual([true, true, false]);
  ids.add('3');
  expect(['1', '2', '3'].map((id) => ids.has(id))).toEqual([false, true, true]);
});
