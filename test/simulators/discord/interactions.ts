import { randomBytes } from 'node:crypto';
import type { APIApplicationCommandOptionChoice, APIModalInteractionResponseCallbackData, InteractionType } from 'discord-api-types/v10';
import type { AcknowledgedAs, SimulatedInteraction } from './api.ts';
import type { ChannelRecord, InteractionMetadataRecord, MessageRecord, UserRecord } from './records.ts';
import type { World } from './world.ts';
import { keep } from './world.ts';

// https://docs.discord.com/developers/interactions/receiving-and-responding#responding-to-an-interaction
export const ACKNOWLEDGE_WITHIN = 3000;
export const TOKEN_LIFETIME = 15 * 60_000;

const KEPT = 20_000;

export interface InteractionFields {
  readonly kind: SimulatedInteraction['kind'];
  readonly type: InteractionType;
  readonly user: UserRecord;
  readonly channel: ChannelRecord;
  readonly locale: string;
  /** The message whose component was used (of a modal: the one that led to it). */
  readonly source: MessageRecord | undefined;
  readonly owners: Readonly<Record<string, string>>;
  readonly commandName: string | undefined;
}

export class InteractionRecord implements SimulatedInteraction {
  readonly id: string;
  readonly token: string;
  readonly kind: SimulatedInteraction['kind'];
  readonly type: InteractionType;
  readonly user: UserRecord;
  readonly channel: ChannelRecord;
  readonly locale: string;
  readonly source: MessageRecord | undefined;
  readonly metadata: InteractionMetadataRecord;
  readonly createdAt: number;
  readonly followUps: MessageRecord[] = [];
  readonly #world: World;
  readonly #dispatchedAt = performance.now();
  readonly #settlement = Promise.withResolvers<SimulatedInteraction>();
  #cancelAlarm: () => void;
  acknowledgedAs: AcknowledgedAs | undefined;
  acknowledgedAfterMs: number | undefined;
  failed = false;
  response: MessageRecord | undefined;
  modal: APIModalInteractionResponseCallbackData | undefined;
  choices: readonly APIApplicationCommandOptionChoice[] | undefined;

  constructor(world: World, fields: InteractionFields) {
    this.#world = world;
    this.id = world.ids.next();
    this.token = Buffer.from(`interaction:${this.id}:${randomBytes(80).toString('base64url')}`).toString('base64url');
    this.kind = fields.kind;
    this.type = fields.type;
    this.user = fields.user;
    this.channel = fields.channel;
    this.locale = fields.locale;
    this.source = fields.source;
    this.createdAt = world.clock.now();
    const { type, user, owners, commandName } = fields;
    this.metadata = { id: this.id, type, user, owners, commandName, originalResponseMessageId: undefined };
    this.#cancelAlarm = world.clock.after(ACKNOWLEDGE_WITHIN, () => this.#fail());
  }

  get acknowledged(): boolean {
    return this.acknowledgedAs !== undefined;
  }

  get ephemeral(): boolean {
    return this.response?.ephemeral ?? false;
  }

  /** Only its user installed the application here: the bot is no member. */
  get userInstallOnly(): boolean {
    return this.metadata.owners['0'] === undefined;
  }

  get expired(): boolean {
    return this.#world.clock.now() - this.createdAt > TOKEN_LIFETIME;
  }

  get tooLate(): boolean {
    return this.failed || this.#world.clock.now() - this.createdAt > ACKNOWLEDGE_WITHIN;
  }

  settled(): Promise<SimulatedInteraction> {
    return this.#settlement.promise;
  }

  acknowledge(as: AcknowledgedAs): void {
    this.#cancelAlarm();
    this.acknowledgedAs = as;
    this.acknowledgedAfterMs = performance.now() - this.#dispatchedAt;
    this.#settlement.resolve(this);
    this.#world.changed();
  }

  answeredWith(message: MessageRecord): void {
    this.response = message;
    this.metadata.originalResponseMessageId = message.id;
    this.#world.changed();
  }

  #fail(): void {
    this.failed = true;
    this.#settlement.resolve(this);
    this.#world.changed();
  }
}

/** The interactions whose tokens may still be used; older ones are forgotten. */
export class Interactions {
  readonly all: InteractionRecord[] = [];
  readonly #world: World;
  readonly #byToken = new Map<string, InteractionRecord>();

  constructor(world: World) {
    this.#world = world;
  }

  open(fields: InteractionFields): InteractionRecord {
    this.#forgetOld();
    const interaction = new InteractionRecord(this.#world, fields);
    this.#byToken.set(interaction.token, interaction);
    keep(this.all, interaction, KEPT);
    return interaction;
  }

  find(token: string): InteractionRecord | undefined {
    return this.#byToken.get(token);
  }

  /** An expired token is still told apart from one that never was, for as long again. */
  #forgetOld(): void {
    const oldest = this.#world.clock.now() - 2 * TOKEN_LIFETIME;
    for (const [token, { createdAt }] of this.#byToken) {
      if (createdAt > oldest) return;
      this.#byToken.delete(token);
    }
  }
}
