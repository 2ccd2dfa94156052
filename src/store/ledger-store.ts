import { setImmediate as othersTurn } from 'node:timers/promises';
import { FORGOTTEN } from '../conversation/ledger.ts';
import { hasEnded } from '../conversation/outcome.ts';
import { NewerRecordError, checkedTable } from './checked-table.ts';
import { createForgetRows } from './forget-rows.ts';
import { createGroupCommit } from './group-commit.ts';
import { askedBy, lostRow, markKind, markOf, rowKind, salvaged } from './ledger-record.ts';
import { asideKey } from './set-aside.ts';
import { createHold } from './hold.ts';
import { createOpenRows } from './open-rows.ts';
import { createClaimUntilTold } from './claim-until-told.ts';
import { createProcessLease } from './process-lease.ts';
import { createRowWriter, isDone } from './row-writer.ts';
import { asStoreFailure, causeOf, isFull } from './sqlite-errors.ts';
import type { Claim, Ledger, LedgerRow, Place } from '../conversation/ledger.ts';
import type { Question } from '../conversation/question.ts';
import type { Log } from '../log/log.ts';
import type { Alongside } from './group-commit.ts';
import type { Store, StoreEntry } from './open-store.ts';
import type { ProcessLease } from './process-lease.ts';
import type { HeldRow } from './hold.ts';
import type { Seal } from './seal.ts';

export interface LedgerStoreOptions {
  readonly store: Store;
  readonly seal: Seal;
  /** How long a row is kept, in milliseconds. */
  readonly ttlMs: number;
  /** How long after it was asked a question is answered without being asked again, in milliseconds. */
  readonly youngMs: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** This machine's own clock, which a correction does not move: how long this process was still is told by it, too. */
  readonly wall?: () => number;
  readonly companion?: LedgerCompanion | undefined;
  /** Whether others may reach the store while this process does not: then silence of the store says nothing of whose a question is. */
  readonly isShared?: boolean | undefined;
  /** Whether another process hears what is asked there, too, and is the one to answer it where the store does not tell whose it is. Never throws. */
  readonly isAnothers?: ((question: Question) => boolean) | undefined;
  readonly log: Log;
}

/** Keeps something of each question that is true of all processes at the moment at which its row is: it is written with it, or not at all. */
export interface LedgerCompanion {
  /** What goes along with the claim of a question; undefined: nothing. */
  claimed(question: Question): Alongside | undefined;
  /** What goes along with its end. */
  closed(row: LedgerRow): Alongside | undefined;
}

export interface LedgerStore extends Ledger {
  /** This process, and the others that share the store. */
  readonly processes: Pick<ProcessLease, 'owner' | 'isAlive'>;
  /** Tells other processes of this one. To be called before the first claim. */
  open(): Promise<void>;
}

/** Ids of the questions claimed last, for replays and for times without a store. */
const REMEMBERED_IDS = 5_000;
/** Rows that are read in one go: there may be tens of thousands, and others have work to do. */
const READ_AT_ONCE = 50;

const NOT_ON_DISK = 'a question could not be flushed to the disk; it is answered, but might not survive a power cut';

/** The question as it is kept: where the platform can tell it again, nothing of it. */
const kept = ({ readFiles: _files, by: _by, ...question }: Question, { replyTo }: Place): LedgerRow['question'] =>
  replyTo === question.id ? undefined : question;

/** The ledger in keyv's tables. */
export const createLedgerStore = ({ store, seal, ttlMs, youngMs, now, wall = now, companion, isShared = false, isAnothers = () => false, log }: LedgerStoreOptions): LedgerStore => {
  const commits = createGroupCommit(store, isShared);
  const rows = checkedTable(store, rowKind(seal));
  const marks = checkedTable(store, markKind);
  const lease = createProcessLease({
    store,
    now: wall,
    onLapse: () => recheck(),
    onError: (error) => log.warn({ reason: String(error) }, 'the store could not be told that this process is alive'),
  });
  const recent = new Set<string>();
  /** Rows in our hands. */
  const held = new Map<string, HeldRow>();
  let isClosed = false;

  const remember = (questionId: string): void => {
    recent.add(questionId);
    if (recent.size > REMEMBERED_IDS) recent.delete(recent.values().next().value ?? '');
  };

  const writer = createRowWriter({ store, rows, marks, ttlMs, lease, closed: (row) => companion?.closed(row), log });

  const hold = createHold({ held, note: writer.note, lease, isShared });

  /** Undefined also where it cannot be read: that is dealt with when the question is taken up. */
  const read = async (questionId: string) => {
    const text = await store.get(rows.key(questionId));
    const owned = text === undefined ? undefined : rows.look(questionId, text);
    return text === undefined || owned === undefined ? undefined : { text, ...owned };
  };

  const all = async function* (): AsyncGenerator<readonly [key: string, text: string]> {
    let read = 0;
    for await (const entry of store.entries(rows.key(''))) {
      read += 1;
      if (read % READ_AT_ONCE === 0) await othersTurn();
      yield entry;
    }
  };

  const entryOf = (row: LedgerRow): StoreEntry | undefined => rows.entry(row.questionId, { owner: lease.owner, row }, ttlMs);

  /** Writes a row anew if it is still that text. */
  const replace = async (text: string, row: LedgerRow): Promise<boolean> => {
    const entry = entryOf(row);
    return entry !== undefined && store.replace(entry.key, text, entry.text, ttlMs);
  };

  /** Whether nobody took it. It is written anew, so that whoever is about to take it comes too late. */
  const isStillOurs = async (row: LedgerRow): Promise<boolean> => {
    for (;;) {
      const found = await read(row.questionId);
      if (found === undefined) return true;
      if (found.owner !== lease.owner) return false;
      const entry = entryOf({ ...row, attempts: row.attempts + 1 });
      if (entry === undefined || (await store.replace(entry.key, found.text, entry.text, ttlMs))) return true;
    }
  };

  /** Lets go of what others took while they thought that this process is dead. */
  const recheck = async (): Promise<void> => {
    const rows = new Map([...writer.unwritten, ...held].map(([questionId, { row }]) => [questionId, row]));
    let taken = 0;
    for (const [questionId, row] of rows) {
      if (await isStillOurs(row)) continue;
      taken += 1;
      const lost = held.get(questionId);
      held.delete(questionId);
      writer.drop(questionId);
      lost?.onTaken?.();
    }
    log.warn({ questions: rows.size, taken }, 'this process was still for so long that others may have taken it for dead; what they took is left to them');
  };

  /** Of any number of processes, one gets it. */
  const take = async (text: string, row: LedgerRow): Promise<Claim | undefined> => ((await replace(text, row)) ? hold(row) : undefined);

  /** A row that cannot be read is set aside. Where its place is known, the question can still be brought to its end. */
  const salvage = async (questionId: string, text: string, mark: string): Promise<Claim | undefined> => {
    const found = salvaged({ questionId, text, mark, now: now(), youngMs });
    if (found?.owner !== undefined && (await lease.isAlive(found.owner))) return undefined;
    const row = found?.row;
    const key = rows.key(questionId);
    const aside = asideKey(row?.conversationId, key);
    const owned = row === undefined ? { owner: null, row: lostRow(questionId, now()) } : { owner: lease.owner, row };
    const entry = rows.entry(questionId, owned, ttlMs);
    if (entry === undefined) return undefined;
    const copy = { key: aside, text, ttlMs: store.audience.keptAsideMs };
    const isOurs = await store.setMany([entry, copy], row === undefined ? [marks.key(questionId)] : [], { key, expected: text });
    if (!isOurs) return undefined;
    store.audience.onUnreadable({ kind: row === undefined ? 'question, which ends without a word' : 'question', key }, aside);
    return row && hold(row);
  };

  const takeIfAbandoned = async (questionId: string, mark: string, isWanted: (row: LedgerRow) => Promise<boolean>): Promise<Claim | undefined> => {
    const text = await store.get(rows.key(questionId));
    const owned = text === undefined ? undefined : rows.look(questionId, text);
    if (text !== undefined && owned === undefined) return salvage(questionId, text, mark);
    if (text === undefined || owned === undefined || isDone(owned.row)) {
      await store.delete(marks.key(questionId));
      return undefined;
    }
    const { owner, row } = owned;
    if (owner !== null && (await lease.isAlive(owner))) return undefined;
    if (!(await isWanted(row).catch(() => false))) return undefined;
    // Whoever had it since it was let go is gone.
    const reason = owner === null || hasEnded(row) || row.reason === FORGOTTEN ? row.reason : undefined;
    return take(text, { ...row, reason, attempts: row.attempts + 1 });
  };

  const open = createOpenRows({ store, rows, marks, ttlMs, lease, held, read, note: writer.note });

  const forgetRows = createForgetRows({
    store,
    rows,
    isOpen: async (questionId) => (await store.get(marks.key(questionId))) !== undefined,
    isAlive: async (owner) => owner === lease.owner || lease.isAlive(owner),
    replace: async (text, { owner, row }) => {
      const entry = rows.entry(row.questionId, { owner, row }, ttlMs);
      const isDone = entry !== undefined && (await store.replace(entry.key, text, entry.text, ttlMs));
      // What only announced it may be going right now.
      if (isDone) held.get(row.questionId)?.become(row);
      return isDone;
    },
    now,
  });

  const firstRow = ({ id, conversationId, asker, askedAt }: Question, place: Place): LedgerRow => ({
    questionId: id,
    conversationId,
    askerId: asker.id,
    state: 'accepted',
    acceptedAt: now(),
    deadline: askedAt + youngMs,
    attempts: 1,
    place,
    messageIds: [],
    hadFiles: false,
  });

  type Entries = readonly [StoreEntry, ...StoreEntry[]];
  const commit = async (question: Question, row: LedgerRow, entries: Entries): Promise<Claim | undefined> => {
    const { isOurs, flushed } = await commits.claim(entries, row.refusal === undefined ? companion?.claimed(question) : undefined);
    const onDisk = flushed.catch((error: unknown) => log.error({ questionId: question.id, reason: String(error) }, NOT_ON_DISK));
    return isOurs ? hold(row, onDisk) : undefined;
  };

  const claimUntilTold = createClaimUntilTold({ ping: () => store.get(rows.key('')), isShared, isAnothers, isClosed: () => isClosed, now, log });

  /** What was tried before may have been done, or may be done yet. */
  const claimAgain = async (question: Question, row: LedgerRow, entries: Entries): Promise<Claim | 'taken' | undefined> => {
    const found = await read(question.id);
    if (found === undefined) return commit(question, row, entries);
    if (found.owner !== lease.owner || held.has(question.id)) return 'taken';
    await marks.save(question.id, markOf(row), ttlMs);
    return take(found.text, row);
  };

  return {
    processes: lease,
    open: () => lease.open(),
    claim: async (question, place, refusal, wait) => {
      const { id, readFiles } = question;
      if (recent.has(id)) return undefined;
      remember(id);
      const row: LedgerRow = {
        ...firstRow(question, place),
        ...(refusal === undefined ? {} : { refusal }),
        question: kept(question, place),
        hadFiles: readFiles !== undefined,
      };
      try {
        const entry = entryOf(row);
        if (entry === undefined) throw new Error('it is nothing that could be read again');
        const entries: Entries = [entry, { key: marks.key(id), text: markOf(row), ttlMs }];
        return await claimUntilTold(question, row, wait, { commit: () => commit(question, row, entries), again: () => claimAgain(question, row, entries) });
      } catch (error) {
        // This process ends, and whoever can read what it could not goes on.
        if (causeOf(error) instanceof NewerRecordError) return undefined;
        log.error({ questionId: id, reason: String(error) }, 'a question could not be noted in the store; it is answered, but would not survive a restart');
        return hold(row);
      }
    },
    join: async (question, place, questionId) => {
      const { id } = question;
      if (recent.has(id)) return false;
      remember(id);
      const row: LedgerRow = { ...firstRow(question, place), state: 'delivered', partOf: questionId };
      try {
        const entry = entryOf(row);
        if (entry === undefined) throw new Error('it is nothing that could be read again');
        return (await commits.claim([entry], undefined)).isOurs;
      } catch (error) {
        if (causeOf(error) instanceof NewerRecordError) return false;
        // It may be asked by itself, and then its claim is waited for.
        if (isShared && !isFull(error)) return void recent.delete(id);
        log.error({ questionId: id, reason: String(error) }, 'that a message belongs to a question could not be noted in the store');
        return true;
      }
    },
    takeAbandoned: async (isWanted = () => Promise.resolve(true)) => {
      const taken: Claim[] = [];
      try {
        for await (const [questionId, mark] of marks.list()) {
          if (held.has(questionId) || writer.unwritten.has(questionId)) continue;
          const claim = await takeIfAbandoned(questionId, mark, isWanted);
          if (claim !== undefined) taken.push(claim);
        }
      } catch (error) {
        // What is in our hands nobody else takes up.
        if (taken.length === 0 || error instanceof NewerRecordError) {
          for (const claim of taken) claim.release();
          throw error;
        }
        log.error({ reason: String(error), questions: taken.length }, 'some unfinished questions could not be read; they are looked for again');
      }
      return taken;
    },
    find: async (questionId) => (await read(questionId))?.row,
    ...open,
    ids: async function* () {
      for await (const [key] of all()) yield key.slice(rows.key('').length);
    },
    latestAskers: async (limit) => {
      const latest = new Map<string, number>();
      for await (const [, text] of all()) {
        const asker = askedBy(text);
        if (asker !== undefined && asker.at > (latest.get(asker.id) ?? 0)) latest.set(asker.id, asker.at);
      }
      return [...latest].toSorted(([, one], [, other]) => other - one).slice(0, limit).map(([id]) => id);
    },
    reopen: async (questionId) => {
      await writer.flush();
      const found = await read(questionId);
      if (found?.row.canRetry !== true) return undefined;
      const acceptedAt = now();
      const place = { ...found.row.place, interaction: undefined };
      const row: LedgerRow = { ...found.row, state: 'accepted', reason: undefined, canRetry: undefined, isUntidy: undefined, place, acceptedAt, deadline: acceptedAt + youngMs, attempts: 1, untried: undefined };
      // Marked first: a mark without an open row is cleared away, an open row without a mark would be lost.
      await marks.save(questionId, markOf(row), ttlMs);
      return take(found.text, row);
    },
    forget: (of) =>
      asStoreFailure('What is kept of questions could not be forgotten', async () => {
        // What has just ended is among them.
        await writer.flush();
        return forgetRows(of);
      }),
    quiet: commits.quiet,
    flush: writer.flush,
    close: async () => {
      // Whoever closes the store then takes no claim from the disk.
      await commits.settled();
      for (const [questionId, { row }] of held) {
        held.delete(questionId);
        writer.note(row, { owner: null, hadEnded: hasEnded(row) });
      }
      await writer.close();
      isClosed = true;
      await lease.close();
    },
  };
};
