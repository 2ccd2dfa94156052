import { remarksOnEnd } from '../../conversation/reply-end.ts';
import { createAnswerView } from '../reply/answer-view.ts';
import { describeDeliveryError } from '../rest/delivery-error.ts';
import type { Exchange } from '../../conversation/history.ts';
import type { Log } from '../../log/log.ts';
import type { Buttons } from '../reply/answer-buttons.ts';
import type { WatchChannel } from '../reply/channel-activity.ts';
import type { ReplyTarget } from '../reply/reply-target.ts';
import type { Scheduler } from '../rest/scheduler.ts';

export interface SiblingToShow {
  /** The messages of the answer that it takes the place of. */
  readonly target: ReplyTarget;
  readonly askerId: string;
  readonly exchange: Exchange;
  readonly buttons: Buttons;
}

export interface ShownSibling {
  readonly messageIds: readonly string[];
  /** Nothing of the answer before it is left. */
  readonly isTidy: boolean;
}

/** Shows a remembered answer as it was shown first. Rejects with a `Failure` where that cannot be. */
export type ShowSibling = (sibling: SiblingToShow) => Promise<ShownSibling>;

export interface ShowSiblingDependencies {
  readonly scheduler: Pick<Scheduler, 'pacer'>;
  readonly log: Log;
}

/** It stays where it is, whatever was said below it. */
const IN_PLACE: WatchChannel = () => ({ hasMovedPast: () => false, end: () => undefined });

export const createShowSibling =
  ({ scheduler, log }: ShowSiblingDependencies): ShowSibling =>
  async ({ target, askerId, exchange, buttons }) => {
    const { id: questionId, turns, stopReason, usage, answeredBy } = exchange;
    const warn = (reason: string): void => log.warn({ questionId, channelId: target.channelId, reason }, 'an answer is not shown as it should be');
    const view = createAnswerView({
      target,
      askerId,
      scheduler,
      watchChannel: IN_PLACE,
      buttons: { whileWriting: () => undefined, afterReply: () => buttons, afterFailure: () => undefined },
      onGone: () => undefined,
      // Whoever turned to it is told that it could not be shown, and has it still.
      tellDirectly: () => Promise.reject(new Error('It is no answer to a new question.')),
      warn,
    });
    const text = turns[1].content.map((block) => ('text' in block ? block.text : '')).join('');
    const reply = { text, stopReason, usage, latencyMs: undefined };
    const messageIds = await view.finish(reply, [...remarksOnEnd(reply), ...(answeredBy === undefined ? [] : [answeredBy])]);
    let isTidy = true;
    await target.clean?.().catch((error: unknown) => {
      warn(describeDeliveryError(error));
      isTidy = false;
    });
    return { messageIds, isTidy };
  };
