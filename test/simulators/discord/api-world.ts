import type { ChannelType } from 'discord-api-types/v10';
import type { FileToSend, SayOptions, SimulatedAuthor, SimulatedInteraction, SimulatedMessage, TypingRecord } from './api-messages.ts';

export type OptionValue = string | number | boolean | FileToSend | SimulatedUser | SimulatedChannel | SimulatedRole;

export interface CommandExtras {
  readonly attachments?: Readonly<Record<string, FileToSend>>;
  readonly locale?: string;
  /** Who authorised the application here. Default: the guild where the bot is a member, else the user. */
  readonly installedBy?: 'guild' | 'user' | 'both';
}

export interface AutocompleteExtras extends CommandExtras {
  readonly focused: string;
}

export type ModalValues = Readonly<Record<string, string | boolean | readonly string[] | readonly FileToSend[]>>;

export interface SimulatedUser extends SimulatedAuthor {
  readonly globalName: string | undefined;
  readonly mention: string;
  /** The DM channel between this person and the bot (opened when first asked for). */
  readonly dm: SimulatedChannel;
  /** Like Discord's client, these throw where it would not let the person do it. */
  say(channel: SimulatedChannel, content: string, options?: SayOptions): SimulatedMessage;
  edit(message: SimulatedMessage, content: string): void;
  delete(message: SimulatedMessage): void;
  type(channel: SimulatedChannel): void;
  react(message: SimulatedMessage, emoji: string): void;
  startThread(channel: SimulatedChannel, options: StartThreadOptions): SimulatedChannel;
  /** `name` is the command, with its subcommand group and subcommand behind it: `settings model set`. */
  runCommand(
    channel: SimulatedChannel,
    name: string,
    options?: Readonly<Record<string, OptionValue>>,
    extras?: CommandExtras,
  ): SimulatedInteraction;
  runMessageCommand(channel: SimulatedChannel, name: string, message: SimulatedMessage, extras?: CommandExtras): SimulatedInteraction;
  runUserCommand(channel: SimulatedChannel, name: string, target: SimulatedUser, extras?: CommandExtras): SimulatedInteraction;
  autocomplete(
    channel: SimulatedChannel,
    name: string,
    options: Readonly<Record<string, OptionValue>>,
    extras: AutocompleteExtras,
  ): SimulatedInteraction;
  click(message: SimulatedMessage, customId: string): SimulatedInteraction;
  /** Sends what a button or a select would send, of a message that only somebody else sees, or that has no such thing. */
  replay(message: SimulatedMessage, customId: string, values?: readonly string[]): SimulatedInteraction;
  select(message: SimulatedMessage, customId: string, values: readonly string[]): SimulatedInteraction;
  submitModal(shownBy: SimulatedInteraction, values: ModalValues): SimulatedInteraction;
  /** DMs of the bot are refused from now on: 50007 or 50278. `false` lifts it. */
  blockBot(how?: boolean | 'no-mutual-guild'): void;
}

export interface StartThreadOptions {
  readonly name: string;
  readonly from?: SimulatedMessage;
  readonly private?: boolean;
  /** The first message; forum posts need one. */
  readonly content?: string;
  readonly attachments?: readonly FileToSend[];
  /** Of a forum's post, by their names. */
  readonly tags?: readonly string[];
  /** Whether the bot is added to a private thread. */
  readonly addBot?: boolean;
}

export interface SimulatedRole {
  readonly id: string;
  readonly name: string;
  readonly mention: string;
  readonly permissions: bigint;
  readonly mentionable: boolean;
  readonly managed: boolean;
  setPermissions(permissions: bigint): void;
  delete(): void;
}

export interface GuildOptions {
  readonly name?: string;
  readonly id?: string;
  readonly members?: readonly SimulatedUser[];
  readonly owner?: SimulatedUser;
  readonly locale?: string;
  /** Permissions of the bot's managed role. Default: those that a careful invite link asks for. */
  readonly botPermissions?: bigint;
  readonly everyonePermissions?: bigint;
  /** False: a server where only user-installed commands reach the bot. */
  readonly withBot?: boolean;
  readonly attachmentSizeLimit?: number;
}

export interface Overwrite {
  readonly allow?: bigint;
  readonly deny?: bigint;
}

export interface ChannelOptions {
  readonly name?: string;
  readonly type?: ChannelType;
  readonly parent?: SimulatedChannel;
  readonly topic?: string;
  readonly slowmodeSeconds?: number;
  readonly nsfw?: boolean;
  /** Of a forum: names of the tags that posts can have. */
  readonly tags?: readonly string[];
  /** By role or user. */
  readonly overwrites?: readonly (Overwrite & { readonly target: SimulatedRole | SimulatedUser })[];
}

export interface MemberOptions {
  readonly nick?: string;
  readonly roles?: readonly SimulatedRole[];
}

export interface SimulatedGuild {
  readonly id: string;
  readonly name: string;
  readonly everyone: SimulatedRole;
  /** The bot's managed integration role. */
  readonly botRole: SimulatedRole | undefined;
  readonly channels: readonly SimulatedChannel[];
  addRole(options?: { readonly name?: string; readonly permissions?: bigint; readonly mentionable?: boolean }): SimulatedRole;
  addMember(user: SimulatedUser, options?: MemberOptions): void;
  removeMember(user: SimulatedUser): void;
  setMember(user: SimulatedUser, options: MemberOptions): void;
  addChannel(options?: ChannelOptions): SimulatedChannel;
  setBotPermissions(permissions: bigint): void;
  /** Times a member out; undefined ends it. */
  timeout(user: { readonly id: string }, untilMs: number | undefined): void;
  /** Messages of the bot with one of these words are refused with 200000. */
  blockWords(words: readonly string[]): void;
  kickBot(): void;
  inviteBot(permissions?: bigint): void;
  /** An outage: GUILD_DELETE with `unavailable`, or GUILD_CREATE again. */
  setUnavailable(unavailable: boolean): void;
}

export interface SimulatedWebhook {
  readonly id: string;
  readonly name: string;
  say(content: string, options?: SayOptions & { readonly username?: string }): SimulatedMessage;
}

export interface SimulatedChannel {
  readonly id: string;
  readonly name: string;
  readonly type: ChannelType;
  readonly guild: SimulatedGuild | undefined;
  readonly parent: SimulatedChannel | undefined;
  readonly mention: string;
  readonly deleted: boolean;
  readonly archived: boolean;
  readonly locked: boolean;
  /** The messages that are there now, oldest first; with a viewer, only the ephemeral ones that are theirs. */
  visible(viewer?: SimulatedUser): readonly SimulatedMessage[];
  /** Every message that is still kept, deleted ones included. */
  readonly messages: readonly SimulatedMessage[];
  /** The messages of the bot that are there now. */
  readonly fromBot: readonly SimulatedMessage[];
  readonly typing: readonly TypingRecord[];
  readonly threads: readonly SimulatedChannel[];
  rename(name: string): void;
  setOverwrite(target: SimulatedRole | SimulatedUser, overwrite: Overwrite | undefined): void;
  /** Takes permissions from the bot here, whatever its roles say; 0n lifts it. */
  denyBot(permissions: bigint): void;
  setSlowmode(seconds: number): void;
  archive(options?: { readonly locked?: boolean }): void;
  unarchive(): void;
  lock(locked?: boolean): void;
  addToThread(user: { readonly id: string }): void;
  removeFromThread(user: { readonly id: string }): void;
  addWebhook(name?: string): SimulatedWebhook;
  bulkDelete(messages: readonly SimulatedMessage[]): void;
  delete(): void;
}
