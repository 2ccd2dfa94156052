import { expect, it } from 'vitest';
import { oneAtATime } from '../../../src/discord/resume/one-at-a-time.ts';

it('runs once more for all who asked while it ran, and never twice at once', async () => {
  const ends: (() => void)[] = [];
  let [underWay, most] = [0, 0];
  const run = oneAtATime(async () => {
    underWay += 1;
    most = Math.max(most, underWay);
    await new Promise<void>((resolve) => ends.push(resolve));
    underWay -= 1;
  });
  const first = run();
  const later = [run(), run(), run()];
  expect(ends).toHaveLength(1);
  ends[0]?.();
  await first;
  expect(ends).toHaveLength(2);
  ends[1]?.();
  await Promise.all(later);
  const last = run();
  expect(ends).toHaveLength(3);
  ends[2]?.();
  await last;
  expect(most).toBe(1);
});
