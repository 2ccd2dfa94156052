import type {
  APIApplicationCommandOptionChoice,
  APIEmbed,
  APIMessageTopLevelComponent,
  APIModalInteractionResponseCallbackData,
  APIPoll,
  MessageType,
} from 'discord-api-types/v10';
import type { SimulatedRole, SimulatedUser } from './api-world.ts';

export interface FileToSend {
  readonly name: string;
  readonly bytes: Uint8Array | string;
  readonly contentType?: string;
  readonly description?: string;
  /** Of a voice message. https://docs.discord.com/developers/resources/message#attachment-object */
  readonly voice?: { readonly seconds: number; readonly waveform: string };
}

export interface SimulatedAttachment {
  readonly id: string;
  readonly name: string;
  readonly size: number;
  readonly contentType: string | undefined;
  readonly description: string | undefined;
  readonly bytes: Uint8Array;
  readonly ephemeral: boolean;
  /** A freshly signed CDN address. */
  url(): string;
  text(): string;
}

export interface SimulatedAuthor {
  readonly id: string;
  readonly name: string;
  readonly displayName: string;
  readonly bot: boolean;
}

/** What a person would have seen from `at` (performance.now()) until the next revision. */
export interface MessageRevision {
  readonly content: string;
  readonly at: number;
  readonly flags: number;
  readonly components: readonly APIMessageTopLevelComponent[];
  readonly embeds: readonly APIEmbed[];
  readonly attachments: readonly SimulatedAttachment[];
}

/** A message as it stands now: the object stays the same while the message is edited or deleted. */
export interface SimulatedMessage {
  readonly id: string;
  readonly channelId: string;
  readonly guildId: string | undefined;
  readonly type: MessageType;
  readonly author: SimulatedAuthor;
  readonly content: string;
  readonly flags: number;
  readonly embeds: readonly APIEmbed[];
  readonly components: readonly APIMessageTopLevelComponent[];
  readonly attachments: readonly SimulatedAttachment[];
  /** The message that this one replies to or forwards. */
  readonly referenceId: string | undefined;
  readonly webhookId: string | undefined;
  /** The interaction whose response or follow-up this is. */
  readonly interactionId: string | undefined;
  readonly ephemeral: boolean;
  /** Who sees an ephemeral message; undefined where everybody in the channel does. */
  readonly viewerIds: readonly string[] | undefined;
  /** A deferred response that still shows "… is thinking". */
  readonly thinking: boolean;
  readonly nonce: string | number | undefined;
  readonly edited: boolean;
  readonly deleted: boolean;
  readonly pinned: boolean;
  readonly createdAt: number;
  readonly deletedAt: number | undefined;
  readonly revisions: readonly MessageRevision[];
  readonly reactions: ReadonlyMap<string, ReadonlySet<string>>;
  readonly threadId: string | undefined;
  /** The payload as REST hands it out, with its full content. */
  toApi(): unknown;
}

/** https://docs.discord.com/developers/resources/sticker#sticker-item-object */
export interface StickerItem {
  readonly id: string;
  readonly name: string;
  readonly format_type: 1 | 2 | 3 | 4;
}

export interface SayOptions {
  readonly replyTo?: SimulatedMessage;
  /** Whether the reply pings the author of the message replied to. Default true, as in Discord's client. */
  readonly replyPing?: boolean;
  readonly attachments?: readonly FileToSend[];
  readonly embeds?: readonly APIEmbed[];
  readonly forwardOf?: SimulatedMessage;
  /** As Discord hands it out; people make a poll with at least one answer. */
  readonly poll?: APIPoll;
  /** At most three. */
  readonly stickers?: readonly StickerItem[];
  readonly type?: MessageType;
  readonly flags?: number;
  readonly components?: readonly APIMessageTopLevelComponent[];
  readonly nonce?: string;
  /** Mentions put before the content, as if the person had picked them. */
  readonly mentions?: readonly SimulatedUser[];
  readonly mentionRoles?: readonly SimulatedRole[];
  readonly mentionEveryone?: boolean;
}

export type AcknowledgedAs = 'reply' | 'defer' | 'deferUpdate' | 'update' | 'choices' | 'modal';

export interface SimulatedInteraction {
  readonly id: string;
  readonly token: string;
  readonly kind: 'command' | 'messageCommand' | 'userCommand' | 'component' | 'autocomplete' | 'modalSubmit';
  readonly acknowledged: boolean;
  readonly acknowledgedAs: AcknowledgedAs | undefined;
  /** Milliseconds from the dispatch to the callback, by performance.now(). */
  readonly acknowledgedAfterMs: number | undefined;
  /** "The application did not respond": 3 s went by. */
  readonly failed: boolean;
  /** Whether the response is seen by its user only. */
  readonly ephemeral: boolean;
  /** The response message (`@original`): the clicked message where a component updated it. */
  readonly response: SimulatedMessage | undefined;
  readonly followUps: readonly SimulatedMessage[];
  readonly modal: APIModalInteractionResponseCallbackData | undefined;
  readonly choices: readonly APIApplicationCommandOptionChoice[] | undefined;
  /** Resolves with the handle once the interaction is acknowledged, or with `failed` once 3 s went by. */
  settled(): Promise<SimulatedInteraction>;
}

export interface TypingRecord {
  readonly at: number;
  readonly userId: string;
  readonly channelId: string;
}

export interface Ping {
  readonly at: number;
  readonly messageId: string;
  readonly channelId: string;
  readonly kind: 'user' | 'reply' | 'role' | 'everyone' | 'here';
  /** The user or role; undefined for everyone and here. */
  readonly targetId: string | undefined;
  readonly via: 'create' | 'edit';
  /** SUPPRESS_NOTIFICATIONS was set: the badge shows, the phone stays quiet. */
  readonly silent: boolean;
}

export interface Unfurl {
  readonly at: number;
  readonly messageId: string;
  readonly channelId: string;
  readonly url: string;
}
