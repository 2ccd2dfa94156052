import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import fc from '../../property.ts';
import { createScheduler } from '../../../src/discord/rest/scheduler.ts';
import { createFakeDiscord, pass, writeAnswer } from './fake-channels.ts';
import type { FakeAnswer } from './fake-channels.ts';
import type { PacedJob, Plan } from '../../../src/discord/rest/paced-job.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Moves the fake clock until it is done. */
const untilDone = async <Result>(work: Promise<Result>, limitMs = 600_000): Promise<Result> => {
  const state = { isOver: false };
  const watched = work.finally(() => (state.isOver = true));
  watched.catch(() => undefined);
  for (let passed = 0; !state.isOver && passed < limitMs; passed += 10) await vi.advanceTimersByTimeAsync(10);
  if (!state.isOver) throw new Error(`Not done within ${limitMs} ms of the fake clock`);
  return watched;
};

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** The mean age of the text when it is seen, by what each request brought. */
const meanAge = ({ startedAt, endedAt, seen }: FakeAnswer, charactersPerSecond = 200): number => {
  const ages: number[] = [];
  for (let at = startedAt; at < endedAt; at += 100) {
    const length = Math.max(1, Math.floor(((at - startedAt) / 1_000) * charactersPerSecond));
    ages.push((seen.find((one) => one.length >= length)?.at ?? Number.NaN) - at);
  }
  return mean(ages);
};

const manyAnswers = async (count: number, forMs = 10_000) => {
  const scheduler = createScheduler(50);
  const discord = createFakeDiscord({ perSecond: 50, latencyMs: () => 20, perPlace: 5 });
  const answers = range(count).map((index) => writeAnswer({ scheduler, discord, place: `channel ${index}`, forMs }));
  const ends = await untilDone(Promise.all(answers.map(({ done }) => done)));
  return { scheduler, discord, answers, ends };
};

describe('many answers at once, each in its channel', () => {
  it.each([50, 200, 500])('%i of them: first words come as fast as Discord takes requests, and nobody is refused', async (count) => {
    const { discord, answers } = await manyAnswers(count);
    const first = answers.map(({ startedAt, seen }) => (seen[0]?.at ?? Number.NaN) - startedAt).toSorted((a, b) => a - b);
    expect(first[Math.floor(count / 2)]).toBeLessThanOrEqual(count * 10 + 300);
    expect(first.at(-1)).toBeLessThanOrEqual(count * 20 + 700);
    expect(discord.refusals).toBe(0);
  });

  it.each([50, 200, 500])('%i of them: a word is as young as it can be', async (count) => {
    const { answers } = await manyAnswers(count);
    expect(mean(answers.map((answer) => meanAge(answer)))).toBeLessThanOrEqual(1.15 * Math.max(500, count * 10));
  });

  it.each([50, 200, 500])('%i of them: ends follow each other as fast as Discord takes them', async (count) => {
    const { answers, ends } = await manyAnswers(count);
    const late = ends.map((at, index) => at - (answers[index]?.endedAt ?? 0)).toSorted((a, b) => a - b);
    for (const [before, ms] of late.entries()) expect(ms).toBeLessThanOrEqual(1.2 * ((before + 1) / 50) * 1_000 + 300);
  });

  it.each([100, 200])('%i of them: each gets its share', async (count) => {
    const { answers } = await manyAnswers(count, 30_000);
    const requests = answers.map(({ sent }) => sent.length);
    expect(Math.min(...requests)).toBeGreaterThanOrEqual(Math.floor(0.8 * mean(requests)));
  });

  it('gives a long text no more than a little over its share', async () => {
    const scheduler = createScheduler(50);
    const discord = createFakeDiscord({ perSecond: 50, latencyMs: () => 60 });
    const answers = range(150).map((index) => writeAnswer({ scheduler, discord, place: `channel ${index}`, forMs: 30_000, charactersPerSecond: index % 2 === 0 ? 20 : 2_000 }));
    await untilDone(Promise.all(answers.map(({ done }) => done)));
    const requests = answers.map(({ sent }) => sent.length);
    expect(Math.min(...requests)).toBeGreaterThanOrEqual(0.8 * mean(requests));
    expect(requests[1]).toBeGreaterThanOrEqual(requests[0] ?? Number.NaN);
  });
});

describe('what somebody waits for', () => {
  const whileMany = async (count: number, then: (scheduler: ReturnType<typeof createScheduler>) => Promise<number>): Promise<number> => {
    const scheduler = createScheduler(50);
    const discord = createFakeDiscord({ perSecond: 50, latencyMs: () => 60 });
    const answers = range(count).map((index) => writeAnswer({ scheduler, discord, place: `channel ${index}`, forMs: 20_000 }));
    const [waited] = await untilDone(Promise.all([pass(8_000).then(() => then(scheduler)), ...answers.map(({ done }) => done)]));
    return waited;
  };
  const turnTakes = async (scheduler: ReturnType<typeof createScheduler>, rank: 'urgent' | 'draft'): Promise<number> => {
    const askedAt = performance.now();
    const turn = await scheduler.turn(rank);
    turn.go();
    turn.arrived();
    return performance.now() - askedAt;
  };

  it('goes at once while hundreds stream', async () => {
    expect(await whileMany(300, (scheduler) => turnTakes(scheduler, 'urgent'))).toBeLessThan(100);
  });

  it('does not starve what is only read', async () => {
    expect(await whileMany(300, (scheduler) => turnTakes(scheduler, 'draft'))).toBeLessThan(8_000);
  });

  it('is no sign of typing, while others have to wait', async () => {
    const told: boolean[] = [];
    await whileMany(300, async (scheduler) => {
      told.push(scheduler.turnIfIdle() !== undefined);
      return 0;
    });
    const scheduler = createScheduler(50);
    told.push(scheduler.turnIfIdle() !== undefined);
    expect(told).toEqual([false, true]);
  });

  it('goes no more when it is given up', async () => {
    const scheduler = createScheduler(1);
    const first = await scheduler.turn('urgent');
    first.go();
    first.arrived();
    const given = new AbortController();
    const waiting = scheduler.turn('urgent', given.signal);
    const behind = scheduler.turn('urgent');
    given.abort(new Error('no longer wanted'));
    await expect(waiting).rejects.toThrow('no longer wanted');
    await expect(scheduler.turn('urgent', given.signal)).rejects.toThrow('no longer wanted');
    await untilDone(behind, 1_500);
  });

  it('is not held up by a turn that was taken and not used', async () => {
    const scheduler = createScheduler(1);
    const unused = await scheduler.turn('urgent');
    const behind = scheduler.turn('urgent');
    unused.giveBack();
    expect((await untilDone(behind, 1_000)).go()).toBe(true);
    expect(unused.go()).toBe(false);
  });
});

describe('an answer whose wish cannot be worked out', () => {
  const broken = (what: 'plan' | 'run'): PacedJob => {
    let asked = 0;
    const failIf = (isNow: boolean): void => {
      if (isNow) throw new Error('a defect');
    };
    return {
      isWriting: () => true,
      unseen: () => 1,
      plan: () => {
        asked += 1;
        failIf(what === 'plan' && asked > 1);
        return { rank: 'first words', action: 'create', place: { id: 'broken', countsGlobally: true }, notBefore: 0, since: performance.now() };
      },
      run: () => {
        failIf(what === 'run');
        return undefined;
      },
      onPause: () => undefined,
    };
  };

  it.each(['plan', 'run'] as const)('says so (%s), and holds up nobody else', async (what) => {
    const defects: unknown[] = [];
    vi.stubGlobal('queueMicrotask', (task: () => void) => {
      try {
        task();
      } catch (error) {
        defects.push(error);
      }
    });
    const scheduler = createScheduler(50);
    const pacer = scheduler.pacer('broken');
    pacer.add(broken(what));
    pacer.wake(0);
    const discord = createFakeDiscord({ perSecond: 50, latencyMs: () => 60 });
    await untilDone(Promise.all([scheduler.turn('urgent'), writeAnswer({ scheduler, discord, place: 'another', forMs: 2_000 }).done]), 5_000);
    vi.unstubAllGlobals();
    expect(defects).toEqual([new Error('a defect')]);
  });
});

describe('Discord takes nothing from the whole bot for a while', () => {
  it('and gets nothing until then, and all of it after that', async () => {
    const scheduler = createScheduler(50);
    const discord = createFakeDiscord({ perSecond: 50, latencyMs: () => 60 });
    const answers = range(200).map((index) => writeAnswer({ scheduler, discord, place: `channel ${index}`, forMs: 10_000 }));
    const closing = pass(6_000).then(() => {
      discord.close(5_000);
      return performance.now();
    });
    await untilDone(Promise.all([closing, ...answers.map(({ done }) => done)]));
    const closedAt = await closing;
    // Those that were on their way when it began.
    expect(discord.refusals).toBeLessThan(10);
    expect(discord.arrivals.filter((at) => at > closedAt && at < closedAt + 5_000)).toEqual([]);
    expect(discord.mostInASecond).toBeLessThanOrEqual(50);
  });
});

describe('whatever comes', () => {
  interface Wish {
    readonly place: number;
    readonly atMs: number;
    readonly forMs: number;
    readonly charactersPerSecond: number;
    readonly isInteraction: boolean;
  }
  const wish: fc.Arbitrary<Wish> = fc.record({
    place: fc.nat({ max: 40 }),
    atMs: fc.nat({ max: 8_000 }),
    forMs: fc.integer({ min: 100, max: 12_000 }),
    charactersPerSecond: fc.integer({ min: 5, max: 2_000 }),
    isInteraction: fc.boolean(),
  });
  const scene = fc.record({
    wishes: fc.array(wish, { minLength: 1, maxLength: 60 }),
    perSecond: fc.integer({ min: 3, max: 60 }),
    perPlace: fc.option(fc.integer({ min: 2, max: 6 }), { nil: undefined }),
    latencies: fc.array(fc.integer({ min: 2, max: 90 }), { minLength: 1, maxLength: 20 }),
    failures: fc.array(fc.nat({ max: 9 }), { minLength: 1, maxLength: 20 }),
    closedAtMs: fc.option(fc.nat({ max: 10_000 }), { nil: undefined }),
  });

  const play = async ({ wishes, perSecond, perPlace, latencies, failures, closedAtMs }: (typeof scene extends fc.Arbitrary<infer Scene> ? Scene : never)) => {
    const scheduler = createScheduler(perSecond);
    let requests = 0;
    let judged = 0;
    const discord = createFakeDiscord({
      perSecond,
      perPlace,
      latencyMs: () => latencies[requests++ % latencies.length] ?? 10,
      // Not always, and not whenever two arrive together: it would never end.
      fails: () => [...failures, 0][judged++ % (failures.length + 1)] === 9,
    });
    const hasFaults = failures.includes(9);
    const answers: FakeAnswer[] = [];
    const behindDrafts: Plan[] = [];
    const onSend = (plan: Plan, answer: FakeAnswer): void => {
      if (plan.rank !== 'draft' || !plan.place.countsGlobally || perPlace !== undefined) return;
      // Nobody whose place is free had something better to say.
      for (const other of answers) {
        if (other === answer || other.place === answer.place) continue;
        const theirs = other.job.plan(() => 0);
        const isBusy = answers.some(({ place, job }) => place === other.place && job.plan(() => 0) === undefined);
        if (theirs === undefined || isBusy || !theirs.place.countsGlobally) continue;
        // Behind a failure a place pauses for all but ends. An end is one from its moment on.
        const isBetter = theirs.rank === 'end' || (theirs.rank === 'first words' && !hasFaults);
        const from = Math.max(theirs.since, theirs.notBefore, theirs.rank === 'end' ? other.endedAt : 0);
        if (isBetter && performance.now() - from > 100) behindDrafts.push(theirs);
      }
    };
    const idle: number[] = [];
    const over = new AbortController();
    const watch = async (): Promise<void> => {
      while (!over.signal.aborted) {
        await pass(50);
        const now = performance.now();
        const isFree = discord.arrivals.filter((at) => at > now - 1_200).length < perSecond - 2 && now > closedUntil;
        const isWanted = (answer: FakeAnswer): boolean => {
          const plan = answer.job.plan(() => 0);
          if (plan === undefined || plan.since + 160 >= now || answers.filter(({ place }) => place === answer.place).length > 1) return false;
          // An end is one from its moment on; drafts go one by one.
          const from = plan.rank === 'end' ? Math.max(plan.notBefore, answer.endedAt) : plan.notBefore + (answers.length * 1_000) / perSecond;
          return from + 60 < now;
        };
        if (perPlace === undefined && isFree && answers.some(isWanted)) idle.push(now);
      }
    };
    let closedUntil = 0;
    const closing = closedAtMs === undefined ? undefined : pass(closedAtMs).then(() => {
      discord.close(3_000);
      closedUntil = performance.now() + 3_300;
    });
    const written = Promise.all(
      wishes.map(async ({ place, atMs, forMs, charactersPerSecond, isInteraction }, index) => {
        await pass(atMs);
        const answer = writeAnswer({ scheduler, discord, place: isInteraction ? `interaction ${index}` : `channel ${place}`, countsGlobally: !isInteraction, forMs, charactersPerSecond, onSend });
        answers.push(answer);
        await answer.done;
      }),
    ).finally(() => over.abort());
    await untilDone(Promise.all([written, closing, ...(hasFaults ? [] : [watch()])]));
    return { discord, behindDrafts, idle };
  };

  it('everybody ends, nothing goes above a limit, no end waits behind a draft, and no turn is left unused', async () => {
    await fc.assert(
      fc.asyncProperty(scene, async (chosen) => {
        vi.clearAllTimers();
        const { discord, behindDrafts, idle } = await play(chosen);
        expect(discord.mostInASecond).toBeLessThanOrEqual(chosen.perSecond);
        if (chosen.closedAtMs === undefined) expect(discord.refusals).toBe(0);
        expect(behindDrafts).toEqual([]);
        expect(idle).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });
});
