import { DiscordAPIError, RESTJSONErrorCodes } from 'discord.js';
import { withoutOtherFiles } from '../rest/discord-api.ts';
import { isTokenDead } from '../rest/delivery-error.ts';
import { lookFor } from './look-for.ts';
import { persist } from '../rest/persist.ts';
import type { DiscordApi, FoundMessage, InteractionAddress, OutgoingMessage, Sent } from '../rest/discord-api.ts';

/** The first response to an interaction: "thinking", or a message at once. All but `takeBack` and `find` reject with discord.js's errors. */
export interface FirstResponse {
  /** Says that an answer is on its way. */
  announce(): Promise<void>;
  /** Shows a message in it, whatever is there. */
  show(message: OutgoingMessage, signal: AbortSignal | undefined): Promise<Sent>;
  /** Shows a message in it unless there is something, be it by another process: its id, or undefined where Discord takes nothing. Never rejects. */
  begin(message: OutgoingMessage): Promise<string | 'taken' | undefined>;
  /** Its id, where it is known to show something of the answer. */
  readonly messageId: string | undefined;
  /** What it shows was written in another way, as where an earlier process had begun it. */
  shown(messageId: string): void;
  /** It, where it shows that text, whether Discord ever said so or not. */
  find(content: string): Promise<FoundMessage | undefined>;
  /** One more message behind it, or in its place where it "thinks". */
  follow(message: OutgoingMessage): Promise<Sent>;
  /**
   * What was only announced, or begun unseen, would look for ever as if it still grew: it goes, where there may be such a thing.
   * Never rejects.
   * @returns why it is still there; undefined where it is not
   */
  takeBack(): Promise<unknown>;
}

export interface FirstResponseOptions {
  readonly interaction: InteractionAddress;
  readonly isPrivate: boolean;
  /** It is the message whose button was pressed. */
  readonly isInPlace: boolean;
}

/** How long it is taken back while Discord refuses that, in milliseconds. */
const TAKE_BACK_MS = 10_000;

/**
 * Discord carries out no first response later than this after the command, so none that was sent earlier shows up then. In milliseconds.
 * @see https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-callback
 */
const RESPONSE_WITHIN_MS = 3_000;

const isAcknowledgedAlready = (error: unknown): boolean =>
  error instanceof DiscordAPIError && error.code === RESTJSONErrorCodes.InteractionHasAlreadyBeenAcknowledged;

export const createFirstResponse = (api: DiscordApi, { interaction, isPrivate, isInPlace }: FirstResponseOptions): FirstResponse => {
  let acknowledgement: Promise<void> | undefined;
  /** One was sent, whatever Discord said to that, and what it shows is not known to be the answer: it "thinks", or has a beginning with a button. */
  let mayShowNothing = false;
  /** Its id, once it has shown something of the answer: what is sent after that, Discord refuses. */
  let shownId: string | undefined;
  /** When the last one was sent. */
  let sentAt = 0;
  let takingBack: Promise<unknown> | undefined;
  /** The ids of the messages behind it. */
  const followers = new Set<string>();

  /** A repeated acknowledgement is refused although the first one worked: that is a success. */
  const acknowledge = (send: () => Promise<void>): Promise<void> => {
    if (acknowledgement !== undefined) return acknowledgement;
    // In place, it is nothing of ours that could be taken back.
    mayShowNothing = !isInPlace && shownId === undefined;
    sentAt = performance.now();
    acknowledgement = send().catch((error: unknown) => {
      if (isAcknowledgedAlready(error)) return;
      acknowledgement = undefined;
      throw error;
    });
    return acknowledgement;
  };

  const shown = (messageId: string): void => {
    shownId = messageId;
    mayShowNothing = false;
  };

  const announce = (): Promise<void> => acknowledge(() => (isInPlace ? api.deferUpdate(interaction) : api.deferReply(interaction, isPrivate)));

  const remove = async (): Promise<void> => {
    try {
      await api.deleteReply(interaction, '@original');
    } catch (error) {
      if (isTokenDead(error) && performance.now() - sentAt > RESPONSE_WITHIN_MS) return;
      throw error;
    }
  };

  /** Whether the first message behind it has taken its place, as where it "thinks"; one that shows a beginning stays above. */
  const isFollower = async (): Promise<boolean> => {
    if (followers.size === 0) return false;
    let response: Sent | undefined;
    const look = async (): Promise<void> => {
      response = await api.getReply(interaction);
    };
    const error = await persist([look], TAKE_BACK_MS);
    if (response !== undefined) return followers.has(response.messageId);
    // What Discord does not show is not taken back: it may be the answer. What has gone need not be.
    return error !== undefined;
  };

  const removePatiently = async (): Promise<unknown> => {
    await acknowledgement?.catch(() => undefined);
    if (await isFollower()) {
      const [first = ''] = followers;
      shown(first);
      return undefined;
    }
    const error = await persist([remove], TAKE_BACK_MS);
    mayShowNothing = error !== undefined;
    return error;
  };

  const takeBack = async (): Promise<unknown> => {
    if (!mayShowNothing) return undefined;
    takingBack ??= removePatiently().finally(() => (takingBack = undefined));
    return takingBack;
  };

  return {
    get messageId() {
      return shownId;
    },
    announce,
    begin: async (message) => {
      if (isInPlace || acknowledgement !== undefined) return 'taken';
      let sent: Sent | undefined;
      try {
        await acknowledge(async () => {
          sent = await api.replyAtOnce(interaction, message, isPrivate);
        });
      } catch {
        return undefined;
      }
      if (sent === undefined) return 'taken';
      shown(sent.messageId);
      return sent.messageId;
    },
    show: async (message, signal) => {
      if (isInPlace) await announce();
      else if (acknowledgement === undefined) {
        let sent: Sent | undefined;
        await acknowledge(async () => {
          sent = await api.replyAtOnce(interaction, message, isPrivate);
          shown(sent.messageId);
        });
        if (sent !== undefined) return sent;
      }
      await acknowledgement;
      // What was attached to another answer goes with it.
      const edited = await api.editReply(interaction, '@original', isInPlace ? withoutOtherFiles(message) : message, signal);
      shown(edited.messageId);
      return edited;
    },
    find: (content) =>
      lookFor(async () => {
        const found = await api.getReply(interaction).catch((error: unknown) => {
          if (!isTokenDead(error)) throw error;
        });
        if (found?.content.trim() !== content.trim()) return undefined;
        shown(found.messageId);
        return found;
      }),
    follow: async (message) => {
      if (followers.size === 0) await takingBack;
      // Whatever of it was refused, an acknowledgement is what a further message needs.
      await announce();
      const sent = await api.followUp(interaction, message, isPrivate);
      followers.add(sent.messageId);
      // That takes its time, and whoever dies in it is to be known to have said this.
      void takeBack();
      return sent;
    },
    shown,
    takeBack,
  };
};
