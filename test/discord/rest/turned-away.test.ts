import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createTurnedAway } from '../../../src/discord/rest/turned-away.ts';

describe('an address that Discord turns away', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const start = () => {
    const changes: (number | undefined)[] = [];
    return { changes, turnedAway: createTurnedAway({ monotonic: () => performance.now(), onChange: (forMs) => changes.push(forMs) }) };
  };

  it('is told of once, and once when it is over', async () => {
    const { changes, turnedAway } = start();
    for (let request = 0; request < 50; request += 1) turnedAway.heard(3_600_000);
    expect(turnedAway.isOn()).toBe(true);
    expect(changes).toEqual([3_600_000]);
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect([turnedAway.isOn(), changes]).toEqual([false, [3_600_000, undefined]]);
    turnedAway.passed();
    expect(changes).toHaveLength(2);
  });

  it('is not turned away any more as soon as an answer comes', () => {
    const { changes, turnedAway } = start();
    turnedAway.heard(3_600_000);
    turnedAway.passed();
    expect([turnedAway.isOn(), changes]).toEqual([false, [3_600_000, undefined]]);
    turnedAway.heard(60_000);
    expect(changes).toEqual([3_600_000, undefined, 60_000]);
  });

  it('is not told of where that is over in a moment', async () => {
    const { changes, turnedAway } = start();
    turnedAway.heard(2_000);
    expect(turnedAway.isOn()).toBe(true);
    await vi.advanceTimersByTimeAsync(2_000);
    expect([turnedAway.isOn(), changes]).toEqual([false, []]);
  });
});
