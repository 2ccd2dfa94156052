import fc from '../property.ts';
import { describe, expect, it } from 'vitest';
import { DISCORD_TROUBLES, RARE_DISCORD_TROUBLES } from './discord-troubles.ts';
import { createRandom } from './random.ts';
import { DM_MEMBERS, MEMBERS, planChaos } from './schedule.ts';

const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const sizes = fc.integer({ min: 20, max: 1_200 });
const fuzz = { numRuns: 60 };

describe('the schedule of a chaos run', () => {
  it('is the same for the same seed, and another for another', () => {
    fc.assert(
      fc.property(seeds, sizes, (seed, questions) => {
        expect(planChaos({ seed, questions })).toEqual(planChaos({ seed, questions }));
        expect(planChaos({ seed, questions }).questions).not.toEqual(planChaos({ seed: seed + 1, questions }).questions);
      }),
      fuzz,
    );
  });

  it('kills at least 30 times in 1,000 questions, by each way of killing', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const kills = planChaos({ seed, questions: 1_000 }).happenings.filter(({ type }) => type === 'kill');
        expect(kills.length).toBeGreaterThanOrEqual(30);
        expect(new Set(kills.map((kill) => ('how' in kill ? kill.how : '')))).toEqual(new Set(['SIGKILL', 'SIGTERM', 'SIGTERM, then SIGKILL']));
      }),
      { numRuns: 30 },
    );
  });

  it('lets everything happen while there is something to disturb, in order', () => {
    fc.assert(
      fc.property(seeds, sizes, (seed, questions) => {
        const { happenings } = planChaos({ seed, questions });
        const moments = happenings.map(({ after }) => after);
        expect(moments).toEqual(moments.toSorted((a, b) => a - b));
        expect(moments.every((moment) => moment >= 0 && moment < questions)).toBe(true);
        expect(happenings.filter(({ type }) => type === 'kill').length).toBeGreaterThanOrEqual(4);
      }),
      fuzz,
    );
  });

  it('has members open their direct messages before anything goes wrong', () => {
    fc.assert(
      fc.property(seeds, sizes, (seed, questions) => {
        const plan = planChaos({ seed, questions });
        const opened = plan.questions.slice(0, DM_MEMBERS);
        expect(opened.map(({ member, door, troubles }) => [member, door, troubles.length])).toEqual(opened.map((_, member) => [member, 'direct message', 0]));
        const writers = plan.questions.filter(({ place }) => place.type === 'dm').map(({ member }) => member);
        expect(writers.every((member) => member < DM_MEMBERS)).toBe(true);
        expect(plan.questions.every(({ member }) => member < MEMBERS)).toBe(true);
      }),
      fuzz,
    );
  });

  it('goes through every kind of trouble in some seeds', () => {
    const happenings = Array.from({ length: 10 }, (_, seed) => planChaos({ seed, questions: 1_000 }).happenings).flat();
    const troubles = new Set(happenings.map((happening) => ('trouble' in happening ? happening.trouble : happening.type)));
    for (const trouble of [...DISCORD_TROUBLES, ...RARE_DISCORD_TROUBLES, 'drop', 'reconnect', 'invalidate', 'invalidate, resumable', 'outage', 'kill']) {
      expect(troubles, trouble).toContain(trouble);
    }
  });
});

describe('its source of chance', () => {
  it('stays within its bounds and reaches both', () => {
    const random = createRandom(7);
    const drawn = Array.from({ length: 1_000 }, () => random.integer(3, 6));
    expect(new Set(drawn)).toEqual(new Set([3, 4, 5, 6]));
    const weighted = Array.from({ length: 1_000 }, () => random.weighted({ often: 9, never: 0, seldom: 1 }));
    expect(new Set(weighted)).toEqual(new Set(['often', 'seldom']));
    expect(weighted.filter((key) => key === 'seldom').length).toBeLessThan(250);
  });
});
