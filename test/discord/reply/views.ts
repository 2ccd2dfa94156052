import { vi } from 'vitest';
import { createAnswerView } from '../../../src/discord/reply/answer-view.ts';
import { createChannelActivity } from '../../../src/discord/reply/channel-activity.ts';
import { createScheduler } from '../../../src/discord/rest/scheduler.ts';
import type { Reply } from '../../../src/conversation/reply.ts';
import type { ReplyTarget } from '../../../src/discord/reply/reply-target.ts';
import type { FakePlace } from './fake-place.ts';

export const replyOf = (text: string): Reply => ({ text, stopReason: 'end_turn', usage: undefined, latencyMs: undefined });

/** Answers in one fake place, with what became of them. */
export const createViews = (place: FakePlace, { refusesDirectly = false, requestsPerSecond = 50 } = {}) => {
  const scheduler = createScheduler(requestsPerSecond);
  const activity = createChannelActivity();
  const warnings: string[] = [];
  const gone: string[] = [];
  const told: string[][] = [];
  return {
    warnings,
    gone,
    /** What the asker was told by direct message. */
    told,
    activity,
    view: (questionId: string, options: Partial<ReplyTarget> = {}) =>
      createAnswerView({
        target: place.target(questionId, options),
        askerId: 'ana',
        scheduler,
        watchChannel: activity.watch,
        buttons: { whileWriting: () => undefined, afterReply: () => undefined, afterFailure: () => undefined },
        onGone: () => gone.push(questionId),
        tellDirectly: async (untold) => {
          if (refusesDirectly) throw new Error('closed');
          told.push(untold.messages.map(({ content }) => content));
        },
        warn: (reason) => warnings.push(reason),
      }),
  };
};

export type Views = ReturnType<typeof createViews>;

export interface Streamed {
  readonly text: string;
  readonly endedAt: number;
  /** When each length of the text was there to be shown. */
  readonly deltas: readonly { readonly length: number; readonly at: number }[];
  readonly finished: Promise<readonly string[]>;
}

/** Streams words into a view, evenly, on the fake clock. */
export const stream = async (views: Views, questionId: string, { seconds = 6, words = 120, options = {} as Partial<ReplyTarget> } = {}): Promise<Streamed> => {
  const view = views.view(questionId, options);
  const deltas: { length: number; at: number }[] = [];
  let text = '';
  for (let word = 0; word < words; word += 1) {
    text += `${questionId}-${word} `;
    deltas.push({ length: text.length, at: performance.now() });
    view.show(text);
    await pass((seconds * 1000) / words);
  }
  const finished = view.finish(replyOf(text.trim()), []);
  // Who looks at it later still hears of it.
  finished.catch(() => undefined);
  return { text: text.trim(), endedAt: performance.now(), deltas, finished };
};

/** Waits on the fake clock, while something else moves it. */
export const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Moves the fake clock until it is done. */
export const untilDone = async <Result>(done: Promise<Result>, limitMs = 300_000): Promise<Result> => {
  const state = { isOver: false };
  const watched = done.finally(() => (state.isOver = true));
  watched.catch(() => undefined);
  for (let passed = 0; !state.isOver && passed < limitMs; passed += 10) await vi.advanceTimersByTimeAsync(10);
  if (!state.isOver) throw new Error(`Not done within ${limitMs} ms of the fake clock`);
  return watched;
};
