import { createForgetExchange } from '../../conversation/forget.ts';
import { createAnswerControls } from './answer-controls.ts';
import { createQuestionAgain } from './ask-again.ts';
import { createContinueButton } from './continue-button.ts';
import { createDeadButtons } from './dead-buttons.ts';
import { CONTINUE, REGENERATE, STOP } from './control-buttons.ts';
import { createDeleteAnswer } from './delete-answer-command.ts';
import { createOpenPress } from './open-press.ts';
import { createQuestionDeleted } from './question-deleted.ts';
import { createQuestionEdited } from './question-edited.ts';
import { createRecentIds } from './recent-ids.ts';
import { createRecentTokens } from './recent-tokens.ts';
import { createRegenerateButton } from './regenerate-button.ts';
import { createStopButton } from './stop-button.ts';
import { createTakeAway } from './take-away.ts';
import { watchQuestions } from './watch-questions.ts';
import type { Client } from 'discord.js';
import type { Forget, ForgetDependencies } from '../../conversation/forget.ts';
import type { ShownAnswers } from '../../conversation/shown-answer.ts';
import type { Log } from '../../log.ts';
import type { Asked } from '../asked.ts';
import type { ReadAskedMessage } from '../asked-message.ts';
import type { DiscordApi } from '../discord-api.ts';
import type { KeptChannels } from '../kept-channels.ts';
import type { InteractionHandlers } from '../on-interaction.ts';
import type { Running } from '../running.ts';
import type { AnswerControls } from './answer-controls.ts';
import type { DeadButtons } from './dead-buttons.ts';
import type { QuestionDeleted } from './question-deleted.ts';

export interface ControlsDependencies extends ForgetDependencies {
  readonly client: Client;
  readonly channels: KeptChannels;
  readonly api: DiscordApi;
  readonly running: Running;
  readonly shownAnswers: ShownAnswers;
  readonly forget: Forget;
  readonly read: ReadAskedMessage;
  /** Milliseconds since the epoch, by Discord's clock. */
  readonly now: () => number;
  readonly log: Log;
}

export interface Controls {
  readonly answers: AnswerControls;
  readonly questionDeleted: QuestionDeleted;
  readonly deadButtons: DeadButtons;
  /** What each kind of button does. */
  buttons(asked: Asked): InteractionHandlers['components'];
  /** What can be done to an answer by its menu. */
  readonly menu: InteractionHandlers['messageCommands'];
}

/** How long deletions are remembered: questions are taken on within milliseconds. */
const DELETED_REMEMBERED = 1_000;

/** Messages that can be changed for 15 minutes by whoever knows how they were written. */
const TOKENS_REMEMBERED = 1_000;

/** Everything by which people control answers: the buttons below them, and the fate of the questions themselves. */
export const createControls = ({ client, channels, api, running, shownAnswers, pendingQuestions, histories, line, forget, read, now, log }: ControlsDependencies): Controls => {
  const tokens = createRecentTokens(TOKENS_REMEMBERED, now);
  const deadButtons = createDeadButtons({ api, running, shownAnswers, pendingQuestions, histories, tokens, log });
  const takeAway = createTakeAway({ api, running, shownAnswers, tokens, forgetExchange: createForgetExchange({ line, histories, pendingQuestions }), log });
  const deleted = createRecentIds(DELETED_REMEMBERED);
  const controls = createAnswerControls({ shownAnswers, pendingQuestions, takeAway, deleted, tokens, deadButtons, log });
  const openPress = createOpenPress({ running, controls, shownAnswers, histories });
  const questionAgain = createQuestionAgain({ pendingQuestions, readKeptFile: histories.readFile, recentFiles: controls.recentFiles });
  const questionDeleted = createQuestionDeleted({ running, shownAnswers, histories, forget, takeAway, deleted });
  watchQuestions(
    client,
    channels,
    questionDeleted,
    createQuestionEdited({ api, running, controls, shownAnswers, pendingQuestions, histories, read }),
    log,
  );
  return {
    answers: controls,
    questionDeleted,
    deadButtons,
    menu: [createDeleteAnswer({ api, running, shownAnswers, takeAway, log })],
    buttons: (asked) => ({
      [STOP]: createStopButton(running),
      [REGENERATE]: createRegenerateButton({ api, asked, openPress, questionAgain, shownAnswers }),
      [CONTINUE]: createContinueButton({ api, asked, running, openPress, shownAnswers, deadButtons }),
    }),
  };
};
