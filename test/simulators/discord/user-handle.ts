import type {
  AutocompleteExtras,
  CommandExtras,
  ModalValues,
  OptionValue,
  SayOptions,
  SimulatedChannel,
  SimulatedInteraction,
  SimulatedMessage,
  SimulatedUser,
  StartThreadOptions,
} from './api.ts';
import { autocomplete, runCommand, runMenuCommand } from './people-commands.ts';
import { submitModal, useComponent } from './people-components.ts';
import type { Handles } from './handle-registry.ts';
import { recordOf } from './handle-registry.ts';
import type { InteractionRecord } from './interactions.ts';
import { startTyping } from './messages.ts';
import { editOwn, removeAs, say, startThreadAs } from './people.ts';
import { dmWith } from './places.ts';
import { react } from './reactions.ts';
import type { ChannelRecord, MessageRecord, UserRecord } from './records.ts';
import { saidWith } from './said.ts';

export class UserHandle implements SimulatedUser {
  readonly #handles: Handles;
  readonly #record: UserRecord;

  constructor(handles: Handles, record: UserRecord) {
    this.#handles = handles;
    this.#record = record;
  }

  get id(): string {
    return this.#record.id;
  }
  get name(): string {
    return this.#record.name;
  }
  get globalName(): string | undefined {
    return this.#record.globalName;
  }
  get displayName(): string {
    return this.#record.displayName;
  }
  get bot(): boolean {
    return this.#record.bot;
  }
  get mention(): string {
    return `<@${this.#record.id}>`;
  }
  get dm(): SimulatedChannel {
    return this.#handles.channel(dmWith(this.#handles.world, this.#record));
  }

  say(channel: SimulatedChannel, content: string, options: SayOptions = {}): SimulatedMessage {
    const said = saidWith(this.#handles.world, content, options);
    return say(this.#handles.world, this.#record, this.#channel(channel), said.content, said.options);
  }

  edit(message: SimulatedMessage, content: string): void {
    editOwn(this.#handles.world, this.#record, this.#message(message), content);
  }

  delete(message: SimulatedMessage): void {
    removeAs(this.#handles.world, this.#record, this.#message(message));
  }

  type(channel: SimulatedChannel): void {
    startTyping(this.#handles.world, this.#channel(channel), this.#record);
  }

  react(message: SimulatedMessage, emoji: string): void {
    react(this.#handles.world, this.#message(message), emoji, this.#record);
  }

  startThread(channel: SimulatedChannel, { from, ...options }: StartThreadOptions): SimulatedChannel {
    const { world } = this.#handles;
    const source = from && this.#message(from);
    return this.#handles.channel(startThreadAs(world, this.#record, this.#channel(channel), { ...options, from: source }));
  }

  runCommand(
    channel: SimulatedChannel,
    name: string,
    options: Readonly<Record<string, OptionValue>> = {},
    extras: CommandExtras = {},
  ): SimulatedInteraction {
    return runCommand(this.#handles, this.#record, this.#channel(channel), name, { ...options, ...extras.attachments }, extras);
  }

  runMessageCommand(channel: SimulatedChannel, name: string, message: SimulatedMessage, extras: CommandExtras = {}): SimulatedInteraction {
    return runMenuCommand(this.#handles, this.#record, this.#channel(channel), name, { message: this.#message(message) }, extras);
  }

  runUserCommand(channel: SimulatedChannel, name: string, target: SimulatedUser, extras: CommandExtras = {}): SimulatedInteraction {
    const user = recordOf(this.#handles.world.users, target);
    return runMenuCommand(this.#handles, this.#record, this.#channel(channel), name, { user }, extras);
  }

  autocomplete(
    channel: SimulatedChannel,
    name: string,
    options: Readonly<Record<string, OptionValue>>,
    extras: AutocompleteExtras,
  ): SimulatedInteraction {
    return autocomplete(this.#handles, this.#record, this.#channel(channel), name, options, extras);
  }

  click(message: SimulatedMessage, customId: string): SimulatedInteraction {
    return useComponent(this.#handles, this.#record, this.#message(message), customId);
  }

  replay(message: SimulatedMessage, customId: string, values?: readonly string[]): SimulatedInteraction {
    return useComponent(this.#handles, this.#record, this.#message(message), customId, { values, isReplayed: true });
  }

  select(message: SimulatedMessage, customId: string, values: readonly string[]): SimulatedInteraction {
    return useComponent(this.#handles, this.#record, this.#message(message), customId, { values });
  }

  submitModal(shownBy: SimulatedInteraction, values: ModalValues): SimulatedInteraction {
    return submitModal(this.#handles, this.#record, this.#handles.interactions.find(shownBy.token) as InteractionRecord, values);
  }

  blockBot(how: boolean | 'no-mutual-guild' = true): void {
    this.#record.blocksBot = how === true ? 'blocked' : how;
  }

  #channel(channel: SimulatedChannel): ChannelRecord {
    return recordOf(this.#handles.world.channels, channel);
  }

  #message(message: SimulatedMessage): MessageRecord {
    return recordOf(this.#handles.world.messages, message);
  }
}
