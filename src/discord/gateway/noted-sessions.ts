import { GatewayDispatchEvents } from 'discord.js';
import { onHeartbeat } from './connections.ts';
import { onRawEvent } from './plausible-events.ts';
import type { Client } from 'discord.js';
import type { Log } from '../../log/log.ts';
import type { Notebook } from './gateway-cursor.ts';

/** Small texts that several processes write. */
export interface SharedNotebook extends Notebook {
  set(key: string, text: string, ttlMs?: number): Promise<void>;
  /** Whether it still was what was expected. */
  replace(key: string, expected: string, text: string, ttlMs: number): Promise<boolean>;
}

/** A session of a shard, and how much of it was heard: enough to ask Discord for the rest of it. */
export interface NotedSession {
  readonly id: string;
  /** The number of the last event. */
  readonly sequence: number;
  /** Where Discord resumes it. */
  readonly address: string;
  /** The process that asks for the rest of it; undefined while none does. */
  readonly askedBy?: string | undefined;
}

export const SESSION = 'session:';
/** Of a session of which nothing is left to be heard. */
export const OVER = 'over';
/** How long such a note is kept, in milliseconds: Discord forgets a session much sooner. */
export const NOTED_MS = 60 * 60_000;

/** How often it is noted, in milliseconds. */
const SAVE_EVERY_MS = 5_000;

const textOf = ({ id, sequence, address }: NotedSession): string => `${id} ${sequence} ${address}`;

/** The note of a session of whose rest a process asks from now on. */
export const askedByText = (session: NotedSession, owner: string): string => `${textOf(session)} ${owner}`;

/** Undefined where it is over. */
export const notedSession = (text: string): NotedSession | undefined => {
  const [id, sequence, address, askedBy] = text.split(' ');
  return id && sequence && address ? { id, sequence: Number(sequence), address, askedBy } : undefined;
};

export interface NotedSessions {
  open(): void;
  /** Where Discord resumes the session of a shard; undefined before there is one. */
  addressOf(shardId: number): string | undefined;
  /** How often the shard has gone to another process before. */
  tenureOf(shardId: number): number;
  /** Another process has the shard from now on. Never rejects. */
  leave(shardId: number): Promise<void>;
  /** What is heard from now on, the next process asks for once more. Never rejects. */
  close(): Promise<void>;
}

interface Session extends NotedSession {
  sequence: number;
  saved: string | undefined;
}

interface ReadyData {
  readonly session_id?: unknown;
  readonly resume_gateway_url?: unknown;
}

/** Notes how much of its sessions a process has heard, under its own name: whoever comes after it knows what it did not hear. */
export const createNotedSessions = ({ client, notebook, owner, log }: { readonly client: Client; readonly notebook: Pick<SharedNotebook, 'set'>; readonly owner: string; readonly log: Log }): NotedSessions => {
  const sessions = new Map<number, Session>();
  const tenures = new Map<number, number>();
  let saving: NodeJS.Timeout | undefined;
  let isClosed = false;
  let hearsBeats = false;

  const save = async (): Promise<void> => {
    for (const [shardId, session] of sessions) {
      const text = textOf(session);
      if (text === session.saved) continue;
      session.saved = text;
      try {
        await notebook.set(`${SESSION}${owner}/${shardId}`, text, NOTED_MS);
      } catch (error) {
        session.saved = undefined;
        log.debug({ reason: String(error) }, 'how much of a session I heard could not be noted');
      }
    }
  };

  onRawEvent(client, ({ t, d, s }, shardId) => {
    const session = sessions.get(shardId);
    if (t !== GatewayDispatchEvents.Ready) {
      if (!isClosed && session !== undefined && typeof s === 'number' && s > session.sequence) session.sequence = s;
      return;
    }
    // What a heartbeat says that was heard, Discord need not keep: whoever asks for more of it may get nothing at all.
    if (!hearsBeats) onHeartbeat(client, () => void save());
    hearsBeats = true;
    const { session_id: id, resume_gateway_url: address } = d as ReadyData;
    if (isClosed || typeof id !== 'string' || typeof address !== 'string') return;
    sessions.set(shardId, { id, address, sequence: typeof s === 'number' ? s : 0, saved: undefined });
    // At once: a process that is killed in its first seconds has been spoken to, too.
    void save();
  });

  return {
    open: () => {
      saving ??= setInterval(() => void save(), SAVE_EVERY_MS).unref();
    },
    addressOf: (shardId) => sessions.get(shardId)?.address,
    tenureOf: (shardId) => tenures.get(shardId) ?? 0,
    leave: async (shardId) => {
      tenures.set(shardId, (tenures.get(shardId) ?? 0) + 1);
      // Whoever has the shard now looks into the rest of it, when this process is gone.
      await save();
      sessions.delete(shardId);
    },
    close: async () => {
      isClosed = true;
      clearInterval(saving);
      await save();
    },
  };
};
