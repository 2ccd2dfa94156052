import { randomBytes } from 'node:crypto';
import { GatewayIntentBits } from 'discord-api-types/v10';
import type { DiscordSimulatorOptions, Ping, TypingRecord, Unfurl } from './api.ts';
import { AttachmentStore } from './attachments.ts';
import { Clock } from './clock.ts';
import type { ChannelRecord, GuildRecord, MessageRecord, UserRecord, WebhookRecord } from './records.ts';
import type { Settings } from './settings.ts';
import { settingsFrom } from './settings.ts';
import { Snowflakes } from './snowflakes.ts';

/** How many pings, unfurls and typing records are kept: a load run must not fill the memory with them. */
const KEPT_RECORDS = 50_000;

export interface Dispatch {
  readonly event: string;
  readonly guildId?: string | undefined;
  /** A session needs one of these intents; 0 is for all. */
  readonly intents: number;
  /** Built at most twice: for readers with the Message Content intent and for those without. */
  readonly data: (contentIntent: boolean) => unknown;
  /** Whether the two differ. */
  readonly hasContent?: boolean;
}

/** Everything that exists in the simulated Discord. It knows what is there, not what may be done with it. */
export class World {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly ids: Snowflakes;
  readonly files: AttachmentStore;
  readonly portal: { messageContent: boolean; guildMembers: boolean; presence: boolean; publicBot: boolean };
  readonly users = new Map<string, UserRecord>();
  readonly guilds = new Map<string, GuildRecord>();
  readonly channels = new Map<string, ChannelRecord>();
  readonly messages = new Map<string, MessageRecord>();
  readonly webhooks = new Map<string, WebhookRecord>();
  readonly pings: Ping[] = [];
  readonly unfurls: Unfurl[] = [];
  readonly typing: TypingRecord[] = [];
  readonly bot: UserRecord;
  readonly owner: UserRecord;
  readonly applicationId: string;
  readonly token: string;
  tokenRevoked = false;
  /** Set by the gateway. */
  dispatch: (dispatch: Dispatch) => void = () => undefined;
  readonly #watchers = new Set<() => void>();

  constructor(options: DiscordSimulatorOptions) {
    this.settings = settingsFrom(options);
    this.clock = new Clock(options.now);
    this.ids = new Snowflakes(this.clock);
    this.files = new AttachmentStore(this.clock, this.ids);
    this.portal = {
      messageContent: options.messageContentIntent ?? false,
      guildMembers: options.guildMembersIntent ?? false,
      presence: options.presenceIntent ?? false,
      publicBot: true,
    };
    this.owner = this.addUser({ name: 'owner' });
    this.bot = this.addUser({ name: this.settings.botName, bot: true });
    this.applicationId = this.bot.id;
    this.token = botToken(this.applicationId);
  }

  addUser(fields: { name: string; globalName?: string | undefined; bot?: boolean | undefined; id?: string | undefined }): UserRecord {
    const user: UserRecord = {
      id: fields.id ?? this.ids.next(),
      name: fields.name,
      globalName: fields.globalName,
      displayName: fields.globalName ?? fields.name,
      bot: fields.bot ?? false,
      blocksBot: false,
      dmChannelId: undefined,
    };
    this.users.set(user.id, user);
    return user;
  }

  privilegedIntentsAllowed(): number {
    const { messageContent, guildMembers, presence } = this.portal;
    return (
      (messageContent ? GatewayIntentBits.MessageContent : 0) |
      (guildMembers ? GatewayIntentBits.GuildMembers : 0) |
      (presence ? GatewayIntentBits.GuildPresences : 0)
    );
  }

  timestamp(): string {
    return new Date(this.clock.now()).toISOString().replace('Z', '000+00:00');
  }

  /** To be called after whatever a person or a test could see has changed. */
  changed(): void {
    for (const watcher of this.#watchers) watcher();
  }

  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }
}

export function keep<T>(records: T[], record: T, limit = KEPT_RECORDS): void {
  records.push(record);
  if (records.length > limit * 2) records.splice(0, records.length - limit);
}

/** Looks like a real token, and is made when it is needed: no source file holds one. */
function botToken(applicationId: string): string {
  const owner = Buffer.from(applicationId).toString('base64url');
  return `${owner}.${randomBytes(5).toString('base64url').slice(0, 6)}.${randomBytes(30).toString('base64url').slice(0, 38)}`;
}
