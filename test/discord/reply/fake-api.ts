import { nonceOf } from '../../../src/discord/rest/discord-api.ts';
import { discordError } from './fake-place.ts';
import type { DiscordApi, OutgoingMessage, Sent } from '../../../src/discord/rest/discord-api.ts';

export const INTERACTION = { id: '1576584193024983040', token: 'token', applicationId: '3' };

/** A message, with the id under which the bot made it. */
interface FakeMessage {
  readonly id: string;
  content: string;
  isThere: boolean;
}

type Call = 'createMessage' | 'editMessage' | 'deleteMessage' | 'deferReply' | 'deferUpdate' | 'replyAtOnce' | 'editReply' | 'deleteReply' | 'getReply' | 'findMessage' | 'followUp';
/** What Discord says instead of yes. */
type Refusal = (options: { readonly replyTo?: string | undefined }) => Error | undefined;

/**
 * A Discord of one channel and one interaction.
 * @param pressed what the message says whose button was pressed; without it, the interaction is a command
 */
export const createFakeApi = ({ pressed }: { readonly pressed?: string } = {}) => {
  const channel: FakeMessage[] = [];
  const behind: FakeMessage[] = [];
  const byNonce = new Map<string, FakeMessage>();
  const refusals = new Map<Call, { readonly says: Refusal; readonly isDone: boolean }>();
  let made = 0;
  let isThinking = false;
  let keep = (content: string): string => content;
  const make = (content: string): FakeMessage => ({ id: String(1_000 + (made += 1)), content: keep(content), isThere: true });
  let response = pressed === undefined ? undefined : make(pressed);

  const sent = ({ id, content }: FakeMessage): Sent => ({ messageId: id, content, bucket: undefined });
  const answer = async <Result>(call: Call, act: () => Result, options: Parameters<Refusal>[0] = {}): Promise<Result> => {
    const refusal = refusals.get(call);
    const error = refusal?.says(options);
    if (error !== undefined && refusal?.isDone !== true) throw error;
    const result = act();
    if (error !== undefined) throw error;
    return result;
  };
  const existing = (message: FakeMessage | undefined): FakeMessage => {
    if (message?.isThere !== true) throw discordError(404, 10_008);
    return message;
  };
  const write = (message: FakeMessage, { content }: OutgoingMessage): Sent => {
    message.content = keep(content);
    return sent(message);
  };
  /** @throws what Discord says to a second one */
  const first = (content: string): FakeMessage => {
    if (response !== undefined) throw discordError(400, 40_060);
    return make(content);
  };
  const inChannel = (id: string): FakeMessage => existing(channel.find((one) => one.id === id));

  const api: Partial<DiscordApi> = {
    createMessage: (_channelId, message, { nonce, replyTo }) =>
      answer('createMessage', () => {
        const known = byNonce.get(nonce);
        if (known !== undefined) return sent(known);
        const one = make(message.content);
        byNonce.set(nonce, one);
        channel.push(one);
        return sent(one);
      }, { replyTo }),
    editMessage: (_channelId, id, message) => answer('editMessage', () => write(inChannel(id), message)),
    deleteMessage: (_channelId, id) => answer('deleteMessage', () => void (inChannel(id).isThere = false)),
    findMessage: (_channelId, _questionId, content) =>
      answer('findMessage', () => {
        const found = channel.find((one) => one.isThere && one.content.trim() === content.trim());
        return found && { messageId: found.id };
      }),
    findButtons: async () => [],
    forsakeMessage: () => undefined,
    deferReply: () =>
      answer('deferReply', () => {
        response = first('');
        isThinking = true;
      }),
    deferUpdate: () => answer('deferUpdate', () => undefined),
    replyAtOnce: (_interaction, message) => answer('replyAtOnce', () => sent((response = first(message.content)))),
    editReply: (_interaction, _id, message) =>
      answer('editReply', () => {
        isThinking = false;
        return write(existing(response), message);
      }),
    deleteReply: () => answer('deleteReply', () => void (existing(response).isThere = false)),
    getReply: () => answer('getReply', () => sent(existing(response))),
    // The first one takes the place of what only "thinks".
    followUp: (_interaction, message) =>
      answer('followUp', () => {
        if (isThinking) {
          isThinking = false;
          return write(existing(response), message);
        }
        const one = make(message.content);
        behind.push(one);
        return sent(one);
      }),
  };
  const contents = (messages: readonly (FakeMessage | undefined)[]): string[] => messages.flatMap((one) => (one?.isThere === true ? [one.content] : []));

  return {
    api: api as DiscordApi,
    /** What stands in the channel itself. */
    inChannel: () => contents(channel),
    /** What the interaction shows, its response first. */
    byInteraction: () => contents([response, ...behind]),
    /** From now on such a request is refused. @param isDone Discord has done it all the same */
    refuse: (call: Call, says: Error | Refusal, { isDone = false } = {}) => void refusals.set(call, { says: says instanceof Error ? () => says : says, isDone }),
    /** What Discord makes of a text. */
    keepAs: (next: (content: string) => string) => {
      keep = next;
    },
    /** Somebody, under the nonce of a part of an answer, has made this message before; gives back its id. */
    wasMade: (questionId: string, part: number, content: string, isAnew = false): string => {
      const one = make(content);
      channel.push(one);
      byNonce.set(nonceOf(questionId, part, isAnew), one);
      return one.id;
    },
  };
};
