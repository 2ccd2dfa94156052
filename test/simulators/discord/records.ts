import type { APIEmbed, APIMessageTopLevelComponent, APIThreadMetadata } from 'discord-api-types/v10';
import { ChannelType, MessageFlags, MessageType } from 'discord-api-types/v10';
import type { FileToSend, StickerItem } from './api-messages.ts';
import type { MessageRevision, SimulatedAttachment, SimulatedMessage, TypingRecord } from './api.ts';
import type { MessageLog } from './message-log.ts';
import { messagePayload } from './message-payload.ts';

export interface UserRecord {
  readonly id: string;
  readonly name: string;
  readonly globalName: string | undefined;
  readonly displayName: string;
  readonly bot: boolean;
  blocksBot: false | 'blocked' | 'no-mutual-guild';
  dmChannelId: string | undefined;
}

export interface RoleRecord {
  readonly id: string;
  readonly guildId: string;
  readonly name: string;
  permissions: bigint;
  readonly mentionable: boolean;
  readonly managed: boolean;
  readonly position: number;
}

export interface MemberRecord {
  readonly user: UserRecord;
  nick: string | undefined;
  roleIds: string[];
  readonly joinedAt: string;
  timedOutUntil: number | undefined;
}

export interface GuildRecord {
  readonly id: string;
  readonly name: string;
  readonly ownerId: string;
  readonly locale: string;
  readonly attachmentSizeLimit: number;
  readonly roles: Map<string, RoleRecord>;
  readonly members: Map<string, MemberRecord>;
  readonly channels: Map<string, ChannelRecord>;
  readonly threads: Map<string, ChannelRecord>;
  botRoleId: string | undefined;
  hasBot: boolean;
  unavailable: boolean;
  blockedWords: string[];
}

export interface OverwriteRecord {
  readonly id: string;
  readonly type: 0 | 1;
  readonly allow: bigint;
  readonly deny: bigint;
}

export interface ThreadRecord {
  readonly ownerId: string;
  readonly metadata: Omit<APIThreadMetadata, 'archived' | 'locked'> & { archived: boolean; locked: boolean };
  /** When each member joined. */
  readonly members: Map<string, string>;
  /** Of a forum's post. */
  readonly tagIds: readonly string[];
  messageCount: number;
}

export interface ChannelRecord {
  readonly id: string;
  readonly type: ChannelType;
  readonly guild: GuildRecord | undefined;
  readonly parent: ChannelRecord | undefined;
  readonly position: number;
  readonly nsfw: boolean;
  readonly overwrites: Map<string, OverwriteRecord>;
  /** The person at the other end of a DM. */
  readonly recipient: UserRecord | undefined;
  /** Of a direct message among people, in which no bot is. */
  readonly people: readonly UserRecord[] | undefined;
  readonly thread: ThreadRecord | undefined;
  /** Of a forum. */
  readonly tags: readonly { readonly id: string; readonly name: string }[];
  readonly log: MessageLog;
  readonly typing: TypingRecord[];
  readonly lastSaid: Map<string, number>;
  name: string;
  topic: string | undefined;
  slowmodeSeconds: number;
  lastMessageId: string | undefined;
  deleted: boolean;
}

export interface WebhookRecord {
  readonly id: string;
  readonly name: string;
  readonly channel: ChannelRecord;
}

export interface InteractionMetadataRecord {
  readonly id: string;
  readonly type: number;
  readonly user: UserRecord;
  readonly owners: Readonly<Record<string, string>>;
  readonly commandName: string | undefined;
  originalResponseMessageId: string | undefined;
}

export interface SnapshotRecord {
  readonly source: MessageRecord;
  readonly content: string;
  readonly embeds: readonly APIEmbed[];
  readonly attachments: readonly AttachmentRecord[];
  readonly stickers: readonly StickerItem[];
  readonly flags: number;
  readonly components: readonly APIMessageTopLevelComponent[];
  readonly mentionedUsers: readonly UserRecord[];
  readonly mentionedRoleIds: readonly string[];
}

export class AttachmentRecord implements SimulatedAttachment {
  readonly id: string;
  readonly name: string;
  readonly contentType: string | undefined;
  readonly description: string | undefined;
  readonly bytes: Uint8Array;
  readonly ephemeral: boolean;
  /** Of a voice message. */
  readonly voice: FileToSend['voice'];
  readonly #sign: (attachment: AttachmentRecord) => string;

  constructor(
    fields: Pick<SimulatedAttachment, 'id' | 'name' | 'contentType' | 'description' | 'bytes' | 'ephemeral'> & Pick<FileToSend, 'voice'>,
    sign: (attachment: AttachmentRecord) => string,
  ) {
    this.id = fields.id;
    this.name = fields.name;
    this.contentType = fields.contentType;
    this.description = fields.description;
    this.bytes = fields.bytes;
    this.ephemeral = fields.ephemeral;
    this.voice = fields.voice;
    this.#sign = sign;
  }

  get size(): number {
    return this.bytes.byteLength;
  }

  url(): string {
    return this.#sign(this);
  }

  text(): string {
    return Buffer.from(this.bytes).toString('utf8');
  }
}

export type MessageDraft = Pick<MessageRecord, 'id' | 'channel' | 'author' | 'content' | 'createdAt' | 'timestamp'> &
  Partial<
    Pick<
      MessageRecord,
      | 'type'
      | 'flags'
      | 'embeds'
      | 'components'
      | 'attachments'
      | 'reference'
      | 'referenceId'
      | 'referenceChannelId'
      | 'snapshot'
      | 'webhookId'
      | 'webhookName'
      | 'applicationId'
      | 'interaction'
      | 'viewerIds'
      | 'nonce'
      | 'poll'
      | 'stickers'
    >
  >;

export class MessageRecord implements SimulatedMessage {
  readonly id: string;
  readonly channel: ChannelRecord;
  readonly author: UserRecord;
  readonly type: MessageType;
  readonly createdAt: number;
  readonly timestamp: string;
  readonly reference: MessageRecord | undefined;
  readonly referenceId: string | undefined;
  readonly referenceChannelId: string | undefined;
  readonly snapshot: SnapshotRecord | undefined;
  readonly webhookId: string | undefined;
  readonly webhookName: string | undefined;
  readonly applicationId: string | undefined;
  readonly interaction: InteractionMetadataRecord | undefined;
  readonly viewerIds: readonly string[] | undefined;
  readonly nonce: string | number | undefined;
  readonly poll: unknown;
  readonly stickers: readonly StickerItem[];
  readonly reactions = new Map<string, Set<string>>();
  readonly revisions: MessageRevision[] = [];
  content: string;
  flags: number;
  embeds: readonly APIEmbed[];
  components: readonly APIMessageTopLevelComponent[];
  attachments: readonly AttachmentRecord[];
  mentionedUsers: readonly UserRecord[] = [];
  mentionedRoleIds: readonly string[] = [];
  mentionsEveryone = false;
  /** The bot is in mentionedUsers only because a reply to its interaction response pinged it. */
  pingedBySlashReply = false;
  editedTimestamp: string | null = null;
  pinned = false;
  deletedAt: number | undefined;
  threadId: string | undefined;

  constructor(draft: MessageDraft) {
    this.id = draft.id;
    this.channel = draft.channel;
    this.author = draft.author;
    this.type = draft.type ?? MessageType.Default;
    this.content = draft.content;
    this.createdAt = draft.createdAt;
    this.timestamp = draft.timestamp;
    this.flags = draft.flags ?? 0;
    this.embeds = draft.embeds ?? [];
    this.components = draft.components ?? [];
    this.attachments = draft.attachments ?? [];
    this.reference = draft.reference;
    this.referenceId = draft.referenceId ?? draft.reference?.id;
    this.referenceChannelId = draft.referenceChannelId ?? draft.reference?.channel.id;
    this.snapshot = draft.snapshot;
    this.webhookId = draft.webhookId;
    this.webhookName = draft.webhookName;
    this.applicationId = draft.applicationId;
    this.interaction = draft.interaction;
    this.viewerIds = draft.viewerIds;
    this.nonce = draft.nonce;
    this.poll = draft.poll;
    this.stickers = draft.stickers ?? [];
  }

  get channelId(): string {
    return this.channel.id;
  }
  get guildId(): string | undefined {
    return this.channel.guild?.id;
  }
  get interactionId(): string | undefined {
    return this.interaction?.id;
  }
  get ephemeral(): boolean {
    return this.viewerIds !== undefined;
  }
  get thinking(): boolean {
    return (this.flags & MessageFlags.Loading) !== 0;
  }
  get edited(): boolean {
    return this.editedTimestamp !== null;
  }
  get deleted(): boolean {
    return this.deletedAt !== undefined;
  }

  addRevision(): void {
    const { content, flags, components, embeds, attachments } = this;
    this.revisions.push({ content, flags, components, embeds, attachments, at: performance.now() });
  }

  toApi(): unknown {
    return messagePayload(this, { gateway: false, mayRead: () => true });
  }
}

const threadTypes: ReadonlySet<ChannelType> = new Set([ChannelType.PublicThread, ChannelType.PrivateThread, ChannelType.AnnouncementThread]);

export function isThread(channel: ChannelRecord): channel is ChannelRecord & { thread: ThreadRecord; parent: ChannelRecord } {
  return channel.thread !== undefined && channel.parent !== undefined && threadTypes.has(channel.type);
}
