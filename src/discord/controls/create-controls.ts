import { createForgetExchange } from '../../conversation/forget.ts';
import { createAnswerControls } from './answer-controls.ts';
import { createQuestionAgain } from './ask-again.ts';
import { createContinueButton } from './continue-button.ts';
import { createDeadButtons } from './dead-buttons.ts';
import { CONFIRM_ANEW, CONTINUE, PAGE, REGENERATE, STOP } from './control-buttons.ts';
import { createDeleteAnswerCommand } from './delete-answer-command.ts';
import { createFindAnswer } from './find-answer.ts';
import { createOpenPress } from './open-press.ts';
import { createPageButton } from './page-button.ts';
import { createQuestionDeleted } from './question-deleted.ts';
import { createQuestionEdited } from './question-edited.ts';
import { createRecentIds } from '../rest/recent-ids.ts';
import { createRecentTokens } from './recent-tokens.ts';
import { createRegenerateButton } from './regenerate-button.ts';
import { createIsForAnother, createStopButton } from './stop-button.ts';
import { createTakeButtonsAway } from './take-buttons-away.ts';
import { createDeleteAnswer } from './delete-answer.ts';
import { createUndoAnswer } from './undo-answer.ts';
import { createUntilDone } from './until-done.ts';
import { watchQuestions } from './watch-questions.ts';
import type { Client, Interaction } from 'discord.js';
import type { Forget, ForgetDependencies } from '../../conversation/forget.ts';
import type { Ledger } from '../../conversation/ledger.ts';
import type { ShownAnswers } from '../../conversation/shown-answer.ts';
import type { Log } from '../../log/log.ts';
import type { AcceptPress } from '../intake/accept-question.ts';
import type { Bursts } from '../intake/bursts.ts';
import type { ReadAskedMessage } from '../intake/asked-message.ts';
import type { DiscordApi } from '../rest/discord-api.ts';
import type { KeptChannels } from '../gateway/kept-channels.ts';
import type { ReadBack } from '../gateway/read-back.ts';
import type { InteractionHandlers } from '../intake/on-interaction.ts';
import type { QuestionsInProgress } from '../intake/questions-in-progress.ts';
import type { AnswerControls } from '../reply/answer-buttons.ts';
import type { DeadButtons } from './dead-buttons.ts';
import type { QuestionDeleted } from './question-deleted.ts';
import type { ShowSibling } from './show-sibling.ts';
import type { UndoAnswer } from './undo-answer.ts';

export interface ControlsDependencies extends ForgetDependencies {
  readonly client: Client;
  readonly channels: KeptChannels;
  readonly api: DiscordApi;
  readonly inProgress: QuestionsInProgress;
  readonly shownAnswers: ShownAnswers;
  readonly ledger: Pick<Ledger, 'find' | 'forget' | 'openElsewhere' | 'isOpenIn' | 'takeBack'>;
  readonly forget: Forget;
  readonly read: ReadAskedMessage;
  readonly readBack: Pick<ReadBack, 'message'>;
  readonly bursts: Pick<Bursts, 'edited' | 'deleted'>;
  readonly showSibling: ShowSibling;
  /** How long an exchange is remembered, in milliseconds. */
  readonly historyMs: number;
  /** Milliseconds since the epoch, by Discord's clock. */
  readonly now: () => number;
  readonly log: Log;
}

export interface Controls {
  readonly answers: AnswerControls;
  readonly questionDeleted: QuestionDeleted;
  /** Whether a button belongs to an answer that another process writes, if any. */
  isForAnother(interaction: Interaction, isLeaving?: boolean): boolean;
  readonly deadButtons: DeadButtons;
  readonly undoAnswer: UndoAnswer;
  /** Leaves what is not done to the next process. */
  stop(): void;
  /** What each kind of button does. */
  buttons(acceptPress: AcceptPress): InteractionHandlers['components'];
  /** What can be done to an answer by its menu. */
  readonly menu: InteractionHandlers['messageCommands'];
}

/** How long deletions are remembered: questions are taken on within milliseconds. */
const DELETED_REMEMBERED = 1_000;

/** Messages that can be changed for 15 minutes by whoever knows how they were written. */
const TOKENS_REMEMBERED = 1_000;

/** Everything by which people control answers: the buttons below them, and the fate of the questions themselves. */
export const createControls = ({ client, channels, api, inProgress, shownAnswers, pendingQuestions, histories, ledger, line, forget, read, readBack, bursts, showSibling, historyMs, now, log }: ControlsDependencies): Controls => {
  const tokens = createRecentTokens(TOKENS_REMEMBERED, now);
  const takeAway = createTakeButtonsAway({ api, inProgress, tokens, log });
  const deadButtons = createDeadButtons({ takeAway, inProgress, shownAnswers, pendingQuestions, histories, historyMs, now, log });
  const untilDone = createUntilDone(log);
  const findAnswer = createFindAnswer({ shownAnswers, ledger, histories });
  const deleteAnswer = createDeleteAnswer({ api, inProgress, shownAnswers, ledger, tokens, untilDone, forgetExchange: createForgetExchange({ line, histories, pendingQuestions }), log });
  const deleted = createRecentIds(DELETED_REMEMBERED);
  const controls = createAnswerControls({ shownAnswers, pendingQuestions, deleteAnswer, deleted, tokens, deadButtons, log });
  const openPress = createOpenPress({ inProgress, controls, shownAnswers, histories });
  const questionAgain = createQuestionAgain({ pendingQuestions, readKeptFile: histories.readFile, recentFiles: controls.recentFiles });
  const questionDeleted = createQuestionDeleted({ inProgress, bursts, findAnswer, pendingQuestions, ledger, histories, forget, deleteAnswer, deleted, untilDone, log });
  watchQuestions(
    client,
    channels,
    questionDeleted,
    createQuestionEdited({ api, inProgress, bursts, controls, shownAnswers, pendingQuestions, histories, ledger, read, readBack }),
    log,
  );
  return {
    answers: controls,
    questionDeleted,
    isForAnother: createIsForAnother(inProgress),
    deadButtons,
    undoAnswer: createUndoAnswer({ api, inProgress, ledger, shownAnswers, findAnswer, deleteAnswer, deadButtons, tokens, log }),
    stop: () => {
      deadButtons.stop();
      untilDone.stop();
      deleteAnswer.stop();
    },
    menu: [createDeleteAnswerCommand({ inProgress, shownAnswers, findAnswer, deleteAnswer })],
    buttons: (acceptPress) => ({
      [STOP]: createStopButton({ api, inProgress, ledger, log }),
      [REGENERATE]: createRegenerateButton({ api, acceptPress, openPress, questionAgain, shownAnswers }),
      [CONFIRM_ANEW]: createRegenerateButton({ api, acceptPress, openPress, questionAgain, shownAnswers }, { isConfirmed: true }),
      [PAGE]: createPageButton({ api, openPress, histories, shownAnswers, showSibling, log }),
      [CONTINUE]: createContinueButton({ api, acceptPress, inProgress, openPress, shownAnswers, deadButtons }),
    }),
  };
};
