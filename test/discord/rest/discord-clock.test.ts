import fc from '../../property.ts';
import { describe, expect, it } from 'vitest';
import { createDiscordClock } from '../../../src/discord/rest/discord-clock.ts';

const START = Date.UTC(2026, 10, 28, 12);

const start = (aheadMs = 0) => {
  let time = 0;
  let ahead = aheadMs;
  const clock = createDiscordClock(() => START + time + ahead, () => time + 500_000);
  return {
    clock,
    pass: (ms: number) => void (time += ms),
    step: (ms: number) => void (ahead += ms),
    /** An answer of Discord that took so long. */
    hear: (tookMs = 50) => {
      const sentAt = time + 500_000;
      time += tookMs;
      clock.heard(new Date(START + time - tookMs / 2).toUTCString(), sentAt);
    },
    errorMs: () => Math.abs(clock.now() - (START + time)),
  };
};

describe("Discord's time", () => {
  it('is our own where the two agree, to the millisecond', () => {
    const { clock, hear, errorMs } = start();
    expect(clock.aheadMs()).toBeUndefined();
    hear();
    expect(errorMs()).toBe(0);
    expect(clock.aheadMs()).toBe(0);
  });

  it.each([600_000, -600_000, 86_400_000, 4_000])('is known where our clock is %i ms ahead', (aheadMs) => {
    const { clock, hear, errorMs } = start(aheadMs);
    hear();
    expect(errorMs()).toBeLessThan(600);
    expect(Math.abs((clock.aheadMs() ?? 0) - aheadMs)).toBeLessThan(600);
  });

  it('goes on evenly when our clock is set while nobody asks Discord', () => {
    const { hear, pass, step, errorMs } = start();
    hear();
    step(-3_600_000);
    pass(60_000);
    expect(errorMs()).toBeLessThan(600);
  });

  it('is learned anew after a sleep of the machine, in which the other clock stood still', () => {
    let [time, slept] = [0, 0];
    const clock = createDiscordClock(() => START + time + slept + 600_000, () => time);
    clock.heard(new Date(START).toUTCString(), 0);
    slept = 8 * 3_600_000;
    time += 1_000;
    clock.heard(new Date(START + time + slept).toUTCString(), time);
    expect(Math.abs(clock.now() - (START + time + slept))).toBeLessThan(1_100);
  });

  it('is not taken from what is no date, is missing, or took too long', () => {
    const { clock, pass } = start(600_000);
    for (const date of [null, '', 'soon']) clock.heard(date, 500_000);
    pass(30_000);
    clock.heard(new Date(START).toUTCString(), 500_000);
    expect(clock.aheadMs()).toBeUndefined();
  });

  it('is never more than a second and a trusted difference wrong, whatever was heard', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e9 }), fc.array(fc.record({ took: fc.integer({ min: 0, max: 9_000 }), wait: fc.integer({ min: 0, max: 100_000 }) }), { minLength: 1 }), (aheadMs, answers) => {
        const { hear, pass, errorMs } = start(aheadMs);
        for (const { took, wait } of answers) {
          hear(took);
          pass(wait);
        }
        expect(errorMs()).toBeLessThanOrEqual(6_000);
      }),
    );
  });
});
