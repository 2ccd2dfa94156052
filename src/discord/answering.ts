import { findAnswer } from '../conversation/siblings.ts';
import { loadLater } from '../process/load-later.ts';
import { createSayInstead } from './intake/say-instead.ts';
import { createFindToldDirectly, createTellAsker } from './rest/direct-message.ts';
import { trackChannelActivity } from './reply/channel-activity.ts';
import type { Admission } from '../conversation/admission.ts';
import type { Answer } from '../conversation/answer.ts';
import type { HistoryStore } from '../conversation/ports.ts';
import type { Question } from '../conversation/question.ts';
import type { QuestionListener } from '../conversation/question-events.ts';
import type { ShownAnswers } from '../conversation/shown-answer.ts';
import type { Log } from '../log/log.ts';
import type { Discord } from './connect-discord.ts';
import type { FileReader } from './files/file-reader.ts';
import type { ReadBack } from './gateway/read-back.ts';
import type { AnswerClaimed } from './intake/answer-claimed.ts';
import type { Overhearing } from './intake/overheard.ts';
import type { ReadAskedMessage } from './intake/asked-message.ts';
import type { FindConversation } from './intake/find-conversation.ts';
import type { Bursts } from './intake/bursts.ts';
import type { RightBefore } from './intake/right-before.ts';
import type { QuestionThreads } from './intake/threads.ts';
import type { QuestionsInProgress } from './intake/questions-in-progress.ts';
import type { RecentResets } from './intake/recent-resets.ts';
import type { AnswerControls } from './reply/answer-buttons.ts';
import type { Settle } from './resume/settle.ts';
import type { SayInstead } from './intake/say-instead.ts';
import type { TurnDown, TurnDownDependencies } from './intake/turn-down.ts';

export interface AnsweringOptions {
  readonly discord: Discord;
  readonly answer: Answer;
  readonly admission: Pick<Admission, 'resumed' | 'answered'>;
  readonly inProgress: QuestionsInProgress;
  readonly resets: RecentResets;
  readonly controls: AnswerControls;
  readonly histories: Pick<HistoryStore, 'load' | 'movedTo'>;
  readonly shownAnswers: Pick<ShownAnswers, 'find'>;
  readonly readAskedMessage: ReadAskedMessage;
  readonly readFiles: FileReader;
  readonly isAskedUnaddressed: Overhearing['isAsked'];
  readonly readBack: ReadBack;
  readonly conversations: FindConversation;
  readonly rightBefore: Pick<RightBefore, 'since'>;
  readonly bursts: Pick<Bursts, 'behind'>;
  readonly threads: Pick<QuestionThreads, 'place' | 'placeAt' | 'begin'>;
  /** Whether failures are told to whoever asked alone, in the place of a question. */
  readonly isQuiet: (question: Question) => boolean;
  /** Hears of the beginning and the end of each question. */
  readonly tell: QuestionListener;
  /** True for the first who asks, of all processes: keeps a word under a key for so long. */
  readonly claim: TurnDownDependencies['claim'];
  readonly monotonicNow: () => number;
  readonly log: Log;
}

/** What becomes of a claimed question: it is answered, told something instead, or taken up where a process that is gone left it. */
export interface Answering {
  readonly answerClaimed: AnswerClaimed;
  readonly sayInstead: SayInstead;
  readonly turnDown: TurnDown;
  readonly settle: Settle;
}

/** All of it is loaded with the first question: none of it is needed to hear one. */
export const createAnswering = ({
  discord: { client, api, scheduler, writeDirectly, clock, lostMessages },
  answer,
  admission,
  inProgress,
  resets,
  controls,
  histories,
  shownAnswers,
  readAskedMessage,
  readFiles,
  isAskedUnaddressed,
  readBack,
  rightBefore,
  bursts,
  conversations,
  threads,
  isQuiet,
  tell,
  claim,
  monotonicNow,
  log,
}: AnsweringOptions): Answering => {
  const { now } = clock;
  const watchChannel = trackChannelActivity(client);
  const sayInstead = createSayInstead(writeDirectly);
  const turnDown = loadLater(async () => (await import('./intake/turn-down.ts')).createTurnDown({ api, sayInstead, writeDirectly, claim, monotonicNow }));
  const answerClaimed = loadLater(async () => {
    const [{ createAnswerClaimed, createWarnOfView }, { createAnswerDirectly }, { createGatheredRefusals }, { createFailQuietly }] = await Promise.all([
      import('./intake/answer-claimed.ts'),
      import('./intake/answer-directly.ts'),
      import('./intake/gathered-refusals.ts'),
      import('./intake/fail-quietly.ts'),
    ]);
    const answerDirectly = createAnswerDirectly(writeDirectly, createTellAsker(writeDirectly, monotonicNow));
    const warn = createWarnOfView(log);
    const gatheredRefusals = createGatheredRefusals({ api, inProgress, scheduler, watchChannel, answerDirectly, warn });
    return createAnswerClaimed({ answer, inProgress, scheduler, watchChannel, answerDirectly, gatheredRefusals, failQuietly: createFailQuietly(isQuiet, writeDirectly), warn, controls, resets, tell });
  });
  const settle = loadLater(async () => {
    const [{ createSettle }, { createFindQuestion }, { createDeletedMeanwhile }, { createTidyUp }, { createTidyEnded }] = await Promise.all([
      import('./resume/settle.ts'),
      import('./resume/find-question.ts'),
      import('./resume/deleted-meanwhile.ts'),
      import('./resume/tidy-up.ts'),
      import('./resume/tidy-ended.ts'),
    ]);
    const findQuestion = createFindQuestion({ client, api, lostMessages, readBack, readAskedMessage, readFiles, isAskedUnaddressed, rightBefore, bursts, conversations, threads });
    return createSettle({
      findQuestion,
      deletedMeanwhile: createDeletedMeanwhile({ shownAnswers, readBack }),
      admission,
      answerClaimed,
      sayInstead,
      turnDown,
      writeDirectly,
      findToldDirectly: createFindToldDirectly(client.rest),
      remembered: async ({ conversationId, questionId, messageIds, place, question }) => {
        const { history } = await histories.load((await histories.movedTo(question?.firstAskedAs ?? questionId)) ?? conversationId);
        // What the channel itself shows is in messages of its own.
        return findAnswer(history, questionId, messageIds, place.interaction === undefined ? 0 : question?.answers);
      },
      keep: controls.keep,
      tidyUp: createTidyUp({ api, findQuestion, keep: controls.keep }),
      tidyEnded: createTidyEnded(api),
      now,
      log,
    });
  });
  return { answerClaimed, sayInstead, turnDown, settle };
};
