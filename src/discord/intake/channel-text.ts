import type { APIChannel, APIGuildForumChannel, APIOverwrite, APIThreadChannel } from 'discord.js';

/** What is kept of a channel or a thread: the fields by their names in Discord's own words. */
export interface KeptChannel {
  readonly id: string;
  readonly type: number;
  readonly name?: string | null | undefined;
  readonly last_message_id?: string | null | undefined;
  readonly parent_id?: string | null | undefined;
  readonly permission_overwrites?: readonly APIOverwrite[] | undefined;
  readonly owner_id?: string | undefined;
  readonly thread_metadata?: APIThreadChannel['thread_metadata'];
  /** Of a forum, the tags that there are; of a post in it, the ids of its own. */
  readonly available_tags?: APIGuildForumChannel['available_tags'] | undefined;
  readonly applied_tags?: readonly string[] | undefined;
}

/** Of a person. @see https://discord.com/developers/docs/resources/channel#overwrite-object-overwrite-structure */
const OF_MEMBER = 1;

/** What answering needs of a channel: where it is, what it is called, and what we may do there. What other members may is nothing to us. */
export const keptOf = (channel: APIChannel, ourId: string): KeptChannel => {
  const { id, type, name, last_message_id, parent_id, permission_overwrites, owner_id, thread_metadata, available_tags, applied_tags } = channel as KeptChannel;
  return {
    id,
    type,
    name,
    last_message_id,
    parent_id,
    owner_id,
    thread_metadata,
    available_tags,
    applied_tags,
    permission_overwrites: permission_overwrites?.filter((overwrite) => overwrite.type !== OF_MEMBER || overwrite.id === ourId),
  };
};

/** Most of what is kept of a channel, so in few words. */
const overwritesText = (overwrites: readonly APIOverwrite[]): string => overwrites.map(({ id, type, allow, deny }) => `${id}:${type}:${allow}:${deny}`).join(',');

const readOverwrites = (text: string): APIOverwrite[] =>
  text.split(',').flatMap((one) => {
    const [id = '', type, allow = '0', deny = '0'] = one.split(':');
    return id === '' ? [] : [{ id, type: Number(type), allow, deny }];
  });

const lineOf = ({ id, last_message_id: last, parent_id: parent, permission_overwrites: overwrites = [], ...rest }: KeptChannel): string =>
  `${id} ${last ?? ''} ${parent ?? ''} ${overwritesText(overwrites)} ${JSON.stringify(rest)}\n`;

const readLine = (line: string): KeptChannel => {
  const [, id = '', last = '', parent = '', overwrites = '', rest = '{}'] = /^(\d+) (\d*) (\d*) (\S*) (.*)$/u.exec(line) ?? [];
  return {
    ...(JSON.parse(rest) as KeptChannel),
    id,
    last_message_id: last === '' ? null : last,
    parent_id: parent === '' ? null : parent,
    permission_overwrites: readOverwrites(overwrites),
  };
};

const ONE = /\n(\d+) (\d*) (\d*) /gu;

/** The channels of one server as bytes, a line for each: some two hundred of them. Found by their ids, one at a time. */
export class ChannelText {
  #bytes: Buffer;

  constructor(channels: readonly KeptChannel[]) {
    this.#bytes = Buffer.from(`\n${channels.map(lineOf).join('')}`);
  }

  #place(id: string): { readonly from: number; readonly to: number } | undefined {
    const before = this.#bytes.indexOf(`\n${id} `);
    return before === -1 ? undefined : { from: before + 1, to: this.#bytes.indexOf('\n', before + 1) + 1 };
  }

  find(id: string): KeptChannel | undefined {
    const place = this.#place(id);
    return place && readLine(this.#bytes.toString('utf8', place.from, place.to - 1));
  }

  remove(id: string): void {
    const place = this.#place(id);
    if (place !== undefined) this.#bytes = Buffer.concat([this.#bytes.subarray(0, place.from), this.#bytes.subarray(place.to)]);
  }

  put(channel: KeptChannel): void {
    this.remove(channel.id);
    this.#bytes = Buffer.concat([this.#bytes, Buffer.from(lineOf(channel))]);
  }

  /** The ids of those for which `isWanted` says so. */
  ids(isWanted: (lastMessageId: string, parentId: string) => boolean): string[] {
    return [...this.#bytes.toString().matchAll(ONE)].flatMap(([, id = '', last = '', parent = '']) => (isWanted(last, parent) ? [id] : []));
  }
}
