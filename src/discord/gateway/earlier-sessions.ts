import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayDispatchEvents } from 'discord.js';
import { isWhispered } from './plausible-events.ts';
import { NOTED_MS, OVER, SESSION, askedByText, notedSession } from './noted-sessions.ts';
import type { Log } from '../../log/log.ts';
import type { LostMessages } from '../rest/lost-messages.ts';
import type { NotedSession, NotedSessions, SharedNotebook } from './noted-sessions.ts';
import type { ChannelsOfMembers } from './channels-of-members.ts';
import type { ReplaySession } from './replay-session.ts';

/** This process, and the others that share the store. */
export interface Processes {
  readonly owner: string;
  isAlive(owner: string): Promise<boolean>;
}

export interface EarlierSessionsDependencies {
  readonly notebook: SharedNotebook;
  readonly processes: Processes;
  readonly sessions: Pick<NotedSessions, 'addressOf' | 'tenureOf'>;
  readonly replay: ReplaySession;
  /** Where Discord has not told all of that. */
  readonly channelsOfMembers: ChannelsOfMembers;
  /** Hear of our own messages of which such a process may know nothing. */
  readonly lostMessages: Pick<LostMessages, 'heardOfEarlier' | 'heardAllOfEarlier'>;
  readonly token: string;
  readonly log: Log;
  readonly wait?: (ms: number) => Promise<unknown>;
}

/**
 * The channels in which somebody wrote directly to a process that was gone, or killed before it could note that: Discord lists no such
 * channels, but holds for some minutes what a session has not heard. Told as they are found, each process asks once. What no
 * session tells, the channels of those tell who asked before. Never rejects.
 * @param sinceId what was heard before
 */
export type EarlierDirectChannels = (shardId: number, sinceId: string) => AsyncIterable<readonly string[]>;

/** Milliseconds between two looks at processes that may be gone, and how many looks: one elsewhere counts as alive for 20 seconds. */
const LOOK_EVERY_MS = 5_000;
const LOOKS = 6;
/** How often Discord is asked for one session where the connection fails. */
const TRIES = 3;

const FIRST_SHARD = 0;

const DISCORDS = /(?:^|\.)discord\.gg$/u;

/** The bot's token goes there: an address that was stored is taken where it is of those to whom we speak anyway. */
const trusted = (stored: string, own: string): string => {
  const [one, other] = [URL.parse(stored), URL.parse(own)];
  const isKnown = one !== null && other !== null && one.protocol === other.protocol && (one.host === other.host || (DISCORDS.test(one.hostname) && DISCORDS.test(other.hostname)));
  return isKnown ? stored : own;
};

const ownerOf = (key: string): string => key.slice(SESSION.length).split('/')[0] ?? '';

/** Where somebody wrote directly; undefined for anything else. */
const directChannelIn = (t: string, d: unknown): string | undefined => {
  const { guild_id: guildId, channel_id: channelId, flags } = (d ?? {}) as { readonly guild_id?: unknown; readonly channel_id?: unknown; readonly flags?: unknown };
  return t === GatewayDispatchEvents.MessageCreate && !guildId && typeof channelId === 'string' && !isWhispered({ flags }) ? channelId : undefined;
};

export const createEarlierDirectChannels = ({
  notebook,
  processes,
  sessions,
  replay,
  channelsOfMembers,
  lostMessages,
  token,
  log,
  wait = (ms) => sleep(ms, undefined, { ref: false }),
}: EarlierSessionsDependencies): EarlierDirectChannels => {
  /** In which of a shard's times here it was looked: once in each. */
  const looked = new Map<number, number>();

  interface Replayed {
    readonly channelIds: readonly string[];
    /** Whether Discord told all that was not heard. */
    readonly isWhole: boolean;
  }

  const channelsOf = async (session: NotedSession): Promise<Replayed> => {
    const found = new Set<string>();
    const hear = ({ t, d }: { readonly t: string; readonly d: unknown }): void => {
      if (t === GatewayDispatchEvents.MessageCreate) lostMessages.heardOfEarlier(d);
      const channelId = directChannelIn(t, d);
      if (channelId !== undefined) found.add(channelId);
    };
    let isWhole = false;
    for (let tries = 1; tries <= TRIES; tries += 1) {
      try {
        isWhole = await replay(session, token, hear);
        log.info({ directChannels: found.size, isWhole }, 'asked Discord for what an earlier process did not hear');
        break;
      } catch (error) {
        log.info({ reason: String(error), tries }, 'Discord could not be asked for what an earlier process did not hear');
        if (tries < TRIES) await wait(LOOK_EVERY_MS);
      }
    }
    return { channelIds: [...found], isWhole };
  };

  /** Of a shard's sessions that nobody else asks for. */
  async function* look(shardId: number, own: string, unsure: Set<string>): AsyncGenerator<Replayed> {
    for (const [key, text] of await Array.fromAsync(notebook.entries(SESSION))) {
      const session = notedSession(text);
      const owner = ownerOf(key);
      if (session === undefined || owner === processes.owner || !key.endsWith(`/${shardId}`)) continue;
      // Whoever asks for it may be gone before anything of it was heard, or noted.
      const holder = session.askedBy ?? owner;
      if (holder === processes.owner) continue;
      const mine = askedByText(session, processes.owner);
      if (await processes.isAlive(holder)) unsure.add(holder);
      // Resumed by two, it would tell each of them a part.
      else if (await notebook.replace(key, text, mine, NOTED_MS)) {
        yield await channelsOf({ ...session, address: trusted(session.address, own) });
        await notebook.replace(key, mine, OVER, NOTED_MS);
      }
    }
  }

  /** Resolves with whether all is known then that was said directly. */
  async function* lookPatiently(shardId: number, own: string): AsyncGenerator<readonly string[], boolean> {
    let isWhole = false;
    for (let looks = 1; looks <= LOOKS; looks += 1) {
      /** Processes that may turn out to be gone. */
      const unsure = new Set<string>();
      for await (const replayed of look(shardId, own, unsure)) {
        isWhole ||= replayed.isWhole;
        if (replayed.channelIds.length > 0) yield replayed.channelIds;
      }
      lostMessages.heardAllOfEarlier(shardId);
      if (unsure.size === 0) return isWhole;
      await wait(LOOK_EVERY_MS);
    }
    // Another process has listened all the time.
    return true;
  }

  return async function* (shardId, sinceId) {
    const own = sessions.addressOf(shardId);
    if (own === undefined) return;
    let isWhole = false;
    if (looked.get(shardId) !== sessions.tenureOf(shardId)) {
      looked.set(shardId, sessions.tenureOf(shardId));
      try {
        isWhole = yield* lookPatiently(shardId, own);
      } catch (error) {
        log.warn({ reason: String(error) }, 'what earlier processes did not hear could not be looked for');
      } finally {
        lostMessages.heardAllOfEarlier(shardId);
      }
    }
    // Direct messages come to the first shard.
    if (isWhole || shardId !== FIRST_SHARD) return;
    for await (const channelId of channelsOfMembers(sinceId)) yield [channelId];
  };
};
