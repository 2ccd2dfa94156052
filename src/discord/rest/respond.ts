import { DiscordAPIError, MessageFlags, RESTJSONErrorCodes } from 'discord.js';
import { NoDelivery, describeDeliveryError, isForLater } from './delivery-error.ts';
import { patiently, waitOutLimits } from './persist.ts';
import type { APIActionRowComponent, APIButtonComponent, APIMessageTopLevelComponent, ChatInputCommandInteraction, MessageComponentInteraction, ModalSubmitInteraction, RepliableInteraction } from 'discord.js';

type Tellable = RepliableInteraction | MessageComponentInteraction;

export interface Audience {
  /** Whether everybody in the channel sees it, where it is the first response. */
  readonly isPublic?: boolean;
  /** Whether it takes the place of the message whose button was pressed, which nobody else sees; see {@link announce}. */
  readonly isInPlace?: boolean;
  /** Rows of buttons below it; a direct message has none, as they would not know where they belong. */
  readonly buttons?: readonly APIActionRowComponent<APIButtonComponent>[];
}

/** Waits between attempts while Discord fails, in milliseconds. */
const RETRIES_MS = [500, 1_500, 4_000];
/** No limit is waited out for longer than the token lives, in milliseconds. */
const TOKEN_MS = 15 * 60 * 1000;

const flagsOf = ({ isPublic = false }: Audience) => (isPublic ? {} : { flags: MessageFlags.Ephemeral as const });

/** It is somebody else's, or too late: Discord has told the person already. */
const isOver = (error: unknown): boolean =>
  error instanceof DiscordAPIError &&
  (error.code === RESTJSONErrorCodes.InteractionHasAlreadyBeenAcknowledged || error.code === RESTJSONErrorCodes.UnknownInteraction);

/** discord.js makes a message of whatever it gets. */
const delivered = async (sent: Promise<{ readonly id?: unknown }>): Promise<void> => {
  if (typeof (await sent).id !== 'string') throw new NoDelivery(200);
};

const insisting = <Result>(request: () => Promise<Result>): Promise<Result> => patiently(RETRIES_MS, () => waitOutLimits(TOKEN_MS, request));

/** Whether the first response says it, whatever Discord said to that. */
const isThere = (interaction: Tellable, content: string): Promise<boolean> => interaction.fetchReply().then(({ content: kept }) => kept === content, () => false);

/** Writes the first response over. Where no answer to that made sense, what is there is looked at. */
const edit = async (interaction: Tellable, content: string, { buttons = [] }: Audience): Promise<void> => {
  try {
    await insisting(() => delivered(interaction.editReply({ content, components: buttons })));
  } catch (error) {
    if (!isForLater(error) || !(await isThere(interaction, content))) throw error;
  }
};

/** Every way to say something to whoever caused an interaction, in the order in which they are tried. */
const waysOf = (interaction: Tellable, content: string, audience: Audience): (() => Promise<unknown>)[] => {
  const { isInPlace = false, buttons: components = [] } = audience;
  const follow = (): Promise<unknown> => waitOutLimits(TOKEN_MS, () => delivered(interaction.followUp({ content, components, ...flagsOf(audience) })));
  const directly = async (): Promise<void> => {
    if (!(await isThere(interaction, content))) await delivered(interaction.user.send({ content, flags: MessageFlags.SuppressEmbeds }));
  };
  // What is behind a button that was acknowledged belongs to everybody; a command's own response is its person's, and so is one that was announced.
  const isOwn = interaction.isCommand() || isInPlace || (interaction.deferred && interaction.ephemeral === true);
  if (interaction.deferred || interaction.replied) return isOwn ? [() => edit(interaction, content, audience), follow, directly] : [follow, directly];
  const announced = async (): Promise<void> => {
    await interaction.deferReply(flagsOf(audience));
    await edit(interaction, content, audience);
  };
  return [() => interaction.reply({ content, components, ...flagsOf(audience) }), announced, directly];
};

/** Nothing could be said, by no way. */
export class Untold extends Error {
  override readonly name = 'Untold';
  /** Whether one of the ways may be open later. */
  readonly isForLater: boolean;

  constructor(last: unknown, isForLater: boolean) {
    super(describeDeliveryError(last), { cause: last });
    this.isForLater = isForLater;
  }
}

/**
 * The one way in which an interaction gets words: what Discord limits is waited out, and what it refuses is said by another
 * way, at last by a direct message.
 * @throws {Untold} when all are refused, or when somebody else has responded
 */
export const tell = async (interaction: Tellable, content: string, audience: Audience = {}): Promise<void> => {
  let refusal: unknown;
  let mayPass = false;
  for (const way of waysOf(interaction, content, audience)) {
    try {
      await way();
      return;
    } catch (error) {
      refusal = error;
      if (isOver(error)) throw new Untold(error, false);
      mayPass ||= isForLater(error);
    }
  }
  throw new Untold(refusal, mayPass);
};

/** Says something to everybody where a panel was pressed that nobody else sees. @throws discord.js's error when Discord does not take it */
export const tellAll = async (interaction: MessageComponentInteraction, content: string): Promise<void> => {
  await waitOutLimits(TOKEN_MS, () => delivered(interaction.followUp({ content })));
};

/** Puts a file into a response that was announced. @throws discord.js's error when Discord does not take it */
export const giveFile = async (interaction: Tellable, content: string, file: { readonly name: string; readonly bytes: Buffer }): Promise<void> => {
  await insisting(() => delivered(interaction.editReply({ content, files: [{ attachment: file.bytes, name: file.name }] })));
};

/** What a panel shows; nobody but its person sees it. */
export type PanelComponents = readonly APIMessageTopLevelComponent[];

/**
 * Shows a panel: as the response to a command, or in the place of the panel whose button was pressed or whose form was sent.
 * @throws discord.js's error when Discord takes it by no way
 */
export const showPanel = async (interaction: ChatInputCommandInteraction | MessageComponentInteraction | ModalSubmitInteraction, components: PanelComponents): Promise<void> => {
  const shown = [...components];
  if (interaction.deferred || interaction.replied) await insisting(() => delivered(interaction.editReply({ components: shown, flags: MessageFlags.IsComponentsV2 })));
  else if (interaction.isMessageComponent() || (interaction.isModalSubmit() && interaction.isFromMessage())) await interaction.update({ components: shown });
  else await interaction.reply({ components: shown, flags: MessageFlags.Ephemeral | MessageFlags.IsComponentsV2 });
};

/**
 * Announces a response, as what is to be done first may take longer than Discord waits. What it refuses is no reason not to do
 * that: {@link tell} has other ways.
 * @throws discord.js's error when somebody else has responded, or when it is too late
 */
export const announce = async (interaction: Tellable, audience: Audience = {}): Promise<void> => {
  try {
    if (audience.isInPlace === true && (interaction.isMessageComponent() || (interaction.isModalSubmit() && interaction.isFromMessage()))) await interaction.deferUpdate();
    else await interaction.deferReply(flagsOf(audience));
  } catch (error) {
    if (isOver(error)) throw error;
  }
};
