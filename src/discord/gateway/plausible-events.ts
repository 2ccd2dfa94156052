import { Events, GatewayDispatchEvents, MessageFlags, MessageType } from 'discord.js';
import type { APIMessage, Client, REST } from 'discord.js';

type Fields = Readonly<Record<string, unknown>>;

export interface Packet {
  readonly t: string;
  d: unknown;
  /** Its number within the session. */
  readonly s?: unknown;
}

/** Of a message, what discord.js goes through from one to the next. */
const LISTS = new Set(['attachments', 'components', 'embeds', 'mention_roles', 'mentions', 'message_snapshots', 'sticker_items', 'stickers']);

/** Of a message, what discord.js looks into, and nobody here asks for: whatever it stumbles over there would cost the message. */
const UNASKED = new Set(['activity', 'application', 'call', 'interaction', 'mention_channels', 'reactions', 'resolved', 'role_subscription_data']);

const SNOWFLAKE = /^\d{1,20}$/u;

/** Who caused an interaction of which that is not said. */
const NOBODY = { id: '0', username: '' };

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

const isNumber = (value: unknown): boolean => typeof value === 'number';
const isName = (value: unknown): boolean => value === null || typeof value === 'string';
const isBits = (value: unknown): boolean => typeof value === 'string' && /^\d{1,40}$/u.test(value);

/** Of people, channels and interactions, what discord.js counts with or goes through, and we show: of another type it is as if it were not there. */
const TYPES = new Map<string, (value: unknown) => boolean>([
  ['flags', isNumber],
  ['public_flags', isNumber],
  ['nick', isName],
  ['global_name', isName],
  ['roles', Array.isArray],
  ['permission_overwrites', Array.isArray],
  ['permissions', isBits],
  ['app_permissions', isBits],
]);

const isOfItsType = (name: string, value: unknown): boolean => TYPES.get(name)?.(value) ?? true;

/** A user, with who they are on the server; or a member, with their user. */
const isPlainPerson = (person: unknown): boolean => {
  if (!isFields(person)) return false;
  for (const name in person) if (!isOfItsType(name, person[name])) return false;
  const { user, member } = person;
  return (user === undefined || isPlainPerson(user)) && (member === undefined || isPlainPerson(member));
};

const ofTheirTypes = (data: Fields): Fields => Object.fromEntries(Object.entries(data).filter(([name, value]) => isOfItsType(name, value)));

const readablePerson = (person: Fields): Fields => {
  if (isPlainPerson(person)) return person;
  const { user, member } = person;
  return { ...ofTheirTypes(person), ...(isFields(user) ? { user: readablePerson(user) } : {}), member: isFields(member) ? readablePerson(member) : undefined };
};

/** Who said a message, and whom it mentions. */
const peopleOf = ({ author, member, mentions }: Fields): Fields => ({
  ...(isFields(author) ? { author: readablePerson(author) } : {}),
  member: isFields(member) ? readablePerson(member) : undefined,
  ...(Array.isArray(mentions) ? { mentions: mentions.filter(isFields).map(readablePerson) } : {}),
});

const arePlain = ({ author, member, mentions }: Fields): boolean =>
  (author === undefined || isPlainPerson(author)) && (member === undefined || isPlainPerson(member)) && (mentions === undefined || (mentions as unknown[]).every(isPlainPerson));

/** A null says as much as a missing field, and discord.js looks into whatever is there. */
const isReadable = ([name, value]: readonly [string, unknown]): boolean =>
  value !== null && !UNASKED.has(name) && (!LISTS.has(name) || Array.isArray(value)) && isOfItsType(name, value);

const withoutHoles = ([name, value]: readonly [string, unknown]): readonly [string, unknown] => [name, Array.isArray(value) ? value.filter((one) => one !== null) : value];

const parts = (data: Fields): Fields => Object.fromEntries(Object.entries(data).filter(isReadable).map(withoutHoles));

const isMember = (value: unknown): boolean => isFields(value) && typeof value['id'] === 'string';

/** Of which interaction a message is; who caused it, and whose application it was, may be left out. */
const causeOf = (cause: Fields): Fields => {
  const { user, authorizing_integration_owners: owners, triggering_interaction_metadata: trigger } = cause;
  return {
    ...cause,
    user: isMember(user) ? user : NOBODY,
    authorizing_integration_owners: isFields(owners) ? owners : {},
    triggering_interaction_metadata: isFields(trigger) ? causeOf(trigger) : undefined,
  };
};

/** What a forwarded message has. @see https://docs.discord.com/developers/resources/message#message-snapshot-object */
const FORWARDED = new Set(['type', 'content', 'mentions', 'mention_roles', 'attachments', 'embeds', 'timestamp', 'edited_timestamp', 'flags', 'components', 'stickers', 'sticker_items']);

const forwarded = (message: Fields): Fields => Object.fromEntries(Object.entries(parts(message)).filter(([name]) => FORWARDED.has(name)));

/** Of what a message forwards, only messages; nothing where it is not said from where they are. */
const snapshotsOf = (snapshots: unknown, reference: unknown): Fields => {
  if (!Array.isArray(snapshots)) return {};
  if (!isFields(reference)) return { message_snapshots: [] };
  return { message_snapshots: snapshots.flatMap((one: unknown) => (isFields(one) && isFields(one['message']) ? [{ ...one, message: forwarded(one['message']) }] : [])) };
};

/** Whether discord.js can read a message as it is, as nearly all are. */
const isPlain = (data: Fields): boolean => {
  for (const name in data) {
    const value = data[name];
    if (value === null ? name !== 'edited_timestamp' && name !== 'referenced_message' : UNASKED.has(name) || !isOfItsType(name, value) || (LISTS.has(name) && !(Array.isArray(value) && !value.includes(null)))) return false;
  }
  const { message_snapshots: snapshots, referenced_message: referenced, interaction_metadata: cause } = data;
  return snapshots === undefined && cause === undefined && arePlain(data) && (referenced === undefined || referenced === null || (isFields(referenced) && isPlain(referenced)));
};

/**
 * A message that discord.js can read: it makes nothing of one, and we hear nothing, when something in it is null or no list
 * that it takes for one. What was said stays as it is.
 */
export const readableMessage = (data: Fields): Fields => {
  if (isPlain(data)) return data;
  const { referenced_message: referenced, message_snapshots: snapshots, message_reference: reference, interaction_metadata: cause } = data;
  return {
    ...parts(data),
    ...peopleOf(data),
    ...snapshotsOf(snapshots, reference),
    ...(isFields(cause) ? { interaction_metadata: causeOf(cause) } : {}),
    // Null says that it was deleted.
    ...(referenced === null || isFields(referenced) ? { referenced_message: referenced && readableMessage(referenced) } : {}),
  };
};

/** The same of a message that is read whole: it has a text and a kind. */
export const wholeMessage = (data: Fields): Fields => {
  const message = readableMessage(data);
  const isWhole = typeof message['content'] === 'string' && typeof message['type'] === 'number';
  return isWhole ? message : { ...message, content: String(message['content'] ?? ''), type: Number(message['type'] ?? MessageType.Default) };
};

export const readableApiMessage = (raw: APIMessage): APIMessage => wholeMessage(raw as unknown as Fields) as unknown as APIMessage;

const isMessage = (data: Fields): boolean => typeof data['content'] === 'string' && typeof data['channel_id'] === 'string';

/** What Discord answered with: a message, a response with its message, or anything else, which stays as it is. */
const readableAnswer = (answer: unknown): unknown => {
  if (!isFields(answer)) return answer;
  if (isMessage(answer)) return readableMessage(answer);
  const { resource } = answer;
  if (!isFields(resource) || !isFields(resource['message'])) return answer;
  return { ...answer, resource: { ...resource, message: readableMessage(resource['message']) } };
};

/** Makes of each message that is answered with what discord.js can read: a request that worked would seem to have failed. */
export const expectReadableAnswers = (rest: REST): REST => {
  const request = rest.request.bind(rest);
  rest.request = async (options) => readableAnswer(await request(options));
  return rest;
};

const withoutNulls = (data: Fields): Fields => Object.fromEntries(Object.entries(data).filter(([, value]) => value !== null));

/** What was picked for a command, messages among it. */
const readableChoice = (data: Fields): Fields => {
  const choice = withoutNulls(data);
  const { resolved } = choice;
  if (!isFields(resolved) || !isFields(resolved['messages'])) return choice;
  const messages = Object.entries(resolved['messages']).flatMap(([id, message]) => (isFields(message) ? [[id, wholeMessage(message)] as const] : []));
  return { ...choice, resolved: { ...resolved, messages: Object.fromEntries(messages) } };
};

/** Nothing where neither says which one it is. */
const readableChannel = (channel: unknown, channelId: unknown): Fields => {
  const fields = isFields(channel) ? ofTheirTypes(channel) : {};
  const id = typeof fields['id'] === 'string' ? fields['id'] : channelId;
  if (typeof id !== 'string') return {};
  const { recipients: listed, ...rest } = fields;
  const recipients = listOf(listed).map(readablePerson);
  return { channel: { ...rest, id, ...(recipients.length === 0 ? {} : { recipients }) } };
};

/** discord.js knows where a command was given by its channel alone, which is newer than the channel's id; so are those that it lists. */
const readableInteraction = (data: Fields): Fields => {
  const { channel, channel_id: channelId, data: choice, entitlements, message, user, member, authorizing_integration_owners: owners } = data;
  return {
    ...ofTheirTypes(withoutNulls(data)),
    ...(isFields(user) ? { user: readablePerson(user) } : {}),
    ...(isFields(member) ? { member: readablePerson(member) } : {}),
    ...readableChannel(channel, channelId),
    ...(isFields(choice) ? { data: readableChoice(choice) } : {}),
    ...(isFields(message) ? { message: wholeMessage(message) } : {}),
    entitlements: Array.isArray(entitlements) ? entitlements : [],
    authorizing_integration_owners: isFields(owners) ? owners : {},
  };
};

const listOf = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value.filter(isFields) : []);

const readableThreads = (data: Fields): Fields => ({ ...data, threads: listOf(data['threads']), members: listOf(data['members']) });

/**
 * What only one person sees is our own, and its event looks as if it had been said directly: it names no server, whatever channel it
 * is in. Taken for that, a channel of a server would become a direct one, in which everything speaks to us.
 * @see https://discord.com/developers/docs/events/gateway-events#messages
 */
export const isWhispered = ({ flags }: { readonly flags?: unknown }): boolean => (Number(flags ?? 0) & MessageFlags.Ephemeral) !== 0;

/** What nobody said, or nobody knows where, cannot be answered either. */
const saidMessage = (data: Fields): Fields | undefined => {
  const { id, channel_id: channelId, author } = data;
  const isSaid = SNOWFLAKE.test(String(id)) && SNOWFLAKE.test(String(channelId)) && isFields(author) && typeof author['id'] === 'string';
  return isSaid && !isWhispered(data) ? wholeMessage(data) : undefined;
};

const changedMessage = (data: Fields): Fields | undefined => (isWhispered(data) ? undefined : readableMessage(data));

/** Each undefined where there is nothing to be heard. */
const READABLE: ReadonlyMap<string, (data: Fields) => Fields | undefined> = new Map<string, (data: Fields) => Fields | undefined>([
  [GatewayDispatchEvents.MessageCreate, saidMessage],
  [GatewayDispatchEvents.MessageUpdate, changedMessage],
  [GatewayDispatchEvents.InteractionCreate, readableInteraction],
  [GatewayDispatchEvents.ThreadListSync, readableThreads],
]);

/** Hears each event before discord.js reads it. What a listener cannot read is left as it is: nothing else that hears it stops. */
export const onRawEvent = (client: Client, listener: (packet: Packet, shardId: number) => void): void => {
  client.on(Events.Raw as 'raw' as never, (packet: Packet, shardId: number) => {
    try {
      listener(packet, shardId);
    } catch (error) {
      client.emit(Events.Error, new Error(`An event could not be read: ${String(packet.t).slice(0, 40)}`, { cause: error }));
    }
  });
};

const readable = ({ t, d }: Packet): Fields | undefined => {
  // That has nothing to say but its name.
  if (t === GatewayDispatchEvents.Resumed) return {};
  if (!isFields(d) || Object.hasOwn(Object.prototype, t)) return undefined;
  const read = READABLE.get(t);
  return read === undefined ? d : read(d);
};

/** Makes of messages and commands what discord.js can read. To be called before anything else listens. */
export const expectPlausibleEvents = (client: Client): void =>
  onRawEvent(client, (packet) => {
    const data = readable(packet);
    // Nobody knows an event of that name.
    Object.assign(packet, data === undefined ? { t: 'UNREADABLE', d: {} } : { d: data });
  });
