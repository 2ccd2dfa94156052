import { createAnswer } from './conversation/answer.ts';
import { createCompaction } from './conversation/compaction.ts';
import { createSideCalls } from './conversation/side-call.ts';
import { createTitleThreads } from './discord/intake/title-threads.ts';
import type { Answer } from './conversation/answer.ts';
import type { Events } from './conversation/events.ts';
import type { SettingsFor } from './conversation/ports.ts';
import type { QuestionEvent } from './conversation/question-events.ts';
import type { SideCalls } from './conversation/side-call.ts';
import type { Discord } from './discord/connect-discord.ts';
import type { TitleThreads } from './discord/intake/title-threads.ts';
import type { Log } from './log/log.ts';
import type { PlaceModels } from './place-models.ts';
import type { Stores } from './store/open-stores.ts';

export interface OpenAnswerOptions {
  readonly discord: Pick<Discord, 'api' | 'surroundingsOf' | 'clock'>;
  readonly stores: Pick<Stores, 'histories'>;
  readonly models: PlaceModels;
  readonly settingsFor: SettingsFor;
  readonly events: Events<QuestionEvent>;
  /** Hears which questions have left their conversations, behind their answers. */
  readonly onLeft: (questionIds: readonly string[]) => void;
  /** Milliseconds that only go forward. */
  readonly monotonicNow: () => number;
  readonly log: Log;
}

/** What asks models something: the answer to a question, and the small calls beside it. */
export interface OpenedAnswer {
  readonly answer: Answer;
  readonly sideCalls: SideCalls;
  readonly titleThreads: TitleThreads;
}

export const openAnswer = ({ discord, stores, models, settingsFor, events, onLeft, monotonicNow, log }: OpenAnswerOptions): OpenedAnswer => {
  const { api, surroundingsOf, clock } = discord;
  const { line } = models;
  const { histories } = stores;
  const sideCalls = createSideCalls({ line, monotonicNow, onFailure: ({ kind, message: reason }) => log.info({ kind, reason }, "a call that was nobody's question came to nothing") });
  const compaction = createCompaction({
    sideCalls,
    histories,
    onLeft,
    onFailure: ({ kind, message: reason }) => log.warn({ kind, reason }, 'a conversation could not be written with its summary; it is tried again with the next question'),
  });
  const answer = createAnswer({ line, histories, settingsFor, compaction, surroundingsOf, tell: events.tell, now: clock.now, monotonicNow });
  const titleThreads = createTitleThreads({
    api,
    sideCalls,
    settingsFor,
    onFailure: (threadId, reason) => log.info({ threadId, reason }, 'a thread keeps the name that it began with'),
  });
  events.listen(titleThreads.heard);
  return { answer, sideCalls, titleThreads };
};
