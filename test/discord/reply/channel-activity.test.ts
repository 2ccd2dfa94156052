import { describe, expect, it } from 'vitest';
import { createChannelActivity, isLater } from '../../../src/discord/reply/channel-activity.ts';

describe('what others write in a channel', () => {
  it('is heard by each answer there for as long as that runs, and by nobody elsewhere', () => {
    const activity = createChannelActivity();
    const [one, other, elsewhere] = [activity.watch('c'), activity.watch('c'), activity.watch('d')];
    activity.note('c', '200');
    expect([one, other, elsewhere].map((watch) => watch.hasMovedPast('100'))).toEqual([true, true, false]);
    one.end();
    one.end();
    activity.note('c', '300');
    expect(other.hasMovedPast('250')).toBe(true);
  });

  it('is forgotten with the last answer there, and not before', () => {
    const activity = createChannelActivity();
    const [one, other] = [activity.watch('c'), activity.watch('c')];
    activity.note('c', '200');
    one.end();
    expect(activity.watch('c').hasMovedPast('100')).toBe(true);
    other.end();
    const quiet = createChannelActivity();
    const last = quiet.watch('c');
    quiet.note('c', '200');
    last.end();
    expect(quiet.watch('c').hasMovedPast('100')).toBe(false);
  });

  it('is later by its number, not by its first digits', () => {
    expect([isLater('1000', '999'), isLater('999', '1000'), isLater('5', '5'), isLater('6', '5')]).toEqual([true, false, false, true]);
  });
});
