import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EMPTY_HISTORY, remember } from '../../src/conversation/history.ts';
import { createHistoryStore } from '../../src/store/history-store.ts';
import { createKeptFiles } from '../../src/store/kept-files.ts';
import { openStore, openTables } from '../../src/store/open-store.ts';
import { createPendingQuestionStore, createShownAnswerStore } from '../../src/store/shown-answer-store.ts';
import { NEEDS_POSTGRES, WITHOUT_POSTGRES, startPostgres } from '../postgres/postgres-server.ts';
import { freshPath } from './temporary-driver.ts';
import type { Exchange } from '../../src/conversation/history.ts';
import type { ShownAnswer } from '../../src/conversation/shown-answer.ts';
import type { Store } from '../../src/store/open-store.ts';
import type { StoreKeys } from '../../src/store/row-cipher.ts';
import type { PostgresServer } from '../postgres/postgres-server.ts';

const TTL_MS = 60 * 60 * 1000;
const FROM = '10';
const TO = '20';
const FILE = Buffer.from('%PDF-1.4 cats');
const log = { error: () => undefined, warn: () => undefined } as never;
const answerIdOf = (questionId: string): string => `answer-to-${questionId}`;

const exchange = (id: string, more: Partial<Exchange> = {}): Exchange => ({
  id,
  askerId: '7',
  askedAt: Date.now() - 1_000,
  turns: [
    { role: 'user', content: [...(id === '1' ? [{ document: { format: 'pdf' as const, name: 'a', source: { bytes: FILE } } }] : []), { text: `question ${id}` }] },
    { role: 'assistant', content: [{ text: `answer ${id}` }] },
  ],
  replyMessageIds: [`10${id}`],
  stopReason: 'end_turn',
  ...more,
});
const shown = (questionId: string): ShownAnswer => ({ questionId, conversationId: FROM, asker: { id: '7', name: 'Ana' }, askedAt: 1, isShared: true, isPrivate: false, channelId: FROM, messageIds: [`10${questionId}`], isCutOff: false });

/** What the process does with its tables: each step that changes something is counted, and from one on there is no process any more. */
const dying = (tables: readonly Store[], lives: number): { readonly tables: readonly Store[]; readonly died: Promise<false> } => {
  let steps = 0;
  const done: Promise<unknown>[] = [];
  const { promise: died, resolve: die } = Promise.withResolvers<false>();
  const changes = ['set', 'setMany', 'setIfAbsent', 'setManyIfAbsent', 'transact', 'delete', 'deleteUnneeded', 'move', 'replace'] as const;
  const dead = (): Promise<never> => {
    void Promise.allSettled(done).then(() => die(false));
    return new Promise<never>(() => undefined);
  };
  const mortal = (table: Store): Store => {
    const copy = { ...table };
    for (const name of changes) {
      const real = table[name] as (...parameters: unknown[]) => Promise<unknown>;
      Object.assign(copy, {
        [name]: (...parameters: unknown[]) => {
          if (steps >= lives) return dead();
          steps += 1;
          const result = real(...parameters);
          done.push(result);
          return result;
        },
      });
    }
    return copy;
  };
  return { tables: tables.map(mortal), died };
};

const opened = ([store, fileTable]: readonly Store[]) => {
  if (store === undefined || fileTable === undefined) throw new Error('no tables');
  const files = createKeptFiles({ store: fileTable, ttlMs: TTL_MS, log });
  return {
    store,
    fileTable,
    histories: createHistoryStore({ store, files, ttlMs: TTL_MS, log }),
    answers: createShownAnswerStore({ store, ttlMs: TTL_MS, processes: { owner: 'me', isAlive: async () => true } }),
    pending: createPendingQuestionStore({ store, ttlMs: TTL_MS }),
  };
};

const fill = async (tables: readonly Store[]): Promise<void> => {
  const { histories, answers, pending } = opened(tables);
  const covered = { text: 'They spoke of dogs.', covers: ['0'], from: 1, until: 2 };
  await histories.save(FROM, [exchange('1', { earlier: [covered] }), exchange('2'), exchange('3')].reduce(remember, EMPTY_HISTORY));
  for (const id of ['0', '1', '2', '3']) await answers.save(answerIdOf(id), shown(id));
  await pending.save(FROM, '2', { text: 'question 2, edited', hasFiles: false });
};

/** What each of the two has, as people would find it: its exchanges, a file of it, the answers that say they belong to it, and what was edited. */
const found = async (tables: readonly Store[]) => {
  const { histories, answers, pending, fileTable } = opened(tables);
  const of = async (id: string) => {
    const { history } = await histories.load(id);
    const ids = history.exchanges.map((one) => one.id);
    const [block] = history.exchanges.find((one) => one.id === '1')?.turns[0].content ?? [];
    const source = block !== undefined && 'document' in block ? block.document.source : undefined;
    const bytes = source === undefined || 'bytes' in source ? undefined : await histories.readFile(source);
    const own = (await Array.fromAsync(answers.all())).filter((answer) => answer.conversationId === id).map(({ questionId }) => questionId);
    return { ids, file: bytes === undefined ? undefined : Buffer.from(bytes).toString(), answers: own.toSorted(), edited: (await pending.find(id, '2'))?.text };
  };
  return { from: await of(FROM), to: await of(TO), movedTo: await histories.movedTo('2'), owners: (await Array.fromAsync(fileTable.entries('owner:'))).map(([key]) => key.split(':').at(-1)) };
};

const ALL = { ids: ['1', '2', '3'], file: FILE.toString(), answers: ['0', '1', '2', '3'], edited: 'question 2, edited' };
const NOTHING = { ids: [], file: undefined, answers: [], edited: undefined };

const describeMoves = (openFresh: () => Promise<{ readonly open: () => readonly Store[]; readonly close: () => Promise<void> }>): void => {
  it('leaves a conversation in exactly one of two places, whichever step of its move is the last one', async () => {
    const kinds = new Set<string>();
    for (let lives = 0; ; lives += 1) {
      const place = await openFresh();
      await fill(place.open());
      const mortal = dying(place.open(), lives);
      const moving = opened(mortal.tables).histories.move(FROM, TO, answerIdOf);
      const isDone = await Promise.race([moving.then(() => true), mortal.died]);
      const { from, to, movedTo } = await found(place.open());
      const hasMoved = to.ids.length > 0;
      kinds.add(String(hasMoved));
      expect([from, to, movedTo], `after ${lives} steps`).toEqual(hasMoved ? [NOTHING, ALL, TO] : [ALL, NOTHING, undefined]);
      await place.close();
      if (isDone) break;
    }
    expect([...kinds]).toEqual(['false', 'true']);
  });

  it('takes it along behind nothing that was said there meanwhile, and keeps what is written of it later where it is', async () => {
    const place = await openFresh();
    await fill(place.open());
    const { histories, answers, pending } = opened(place.open());
    await histories.save(TO, remember(EMPTY_HISTORY, exchange('4')));
    expect((await histories.move(FROM, TO, answerIdOf)).exchanges.map(({ id }) => id)).toEqual(['1', '2', '3']);
    const { history } = await histories.load(TO);
    expect(history.exchanges.map(({ id, continues }) => [id, continues])).toEqual([['1', undefined], ['2', '1'], ['3', '2'], ['4', '3']]);
    // Whoever knows only where it was asked.
    await answers.save(answerIdOf('3'), shown('3'));
    await answers.save(answerIdOf('5'), shown('5'));
    await pending.save(FROM, '3', { text: 'question 3, edited', hasFiles: false });
    expect([(await answers.find(answerIdOf('3')))?.conversationId, (await answers.find(answerIdOf('5')))?.conversationId]).toEqual([TO, FROM]);
    expect([(await pending.find(FROM, '3'))?.text, (await pending.find(TO, '3'))?.text]).toEqual([undefined, 'question 3, edited']);
    expect((await found(place.open())).owners).toEqual([TO]);
    await place.close();
  });

  it('moves what another process has said of it up to that moment, and what that says later stays where it was asked', async () => {
    const place = await openFresh();
    await fill(place.open());
    const [mine, others] = [opened(place.open()), opened(place.open())];
    await mine.histories.load(FROM);
    const { history } = await others.histories.load(FROM);
    await others.histories.save(FROM, remember(history, exchange('4')), history);
    const { history: seen } = await others.histories.load(FROM);
    await mine.histories.move(FROM, TO, answerIdOf);
    await others.histories.save(FROM, remember(seen, exchange('5')), seen);
    expect((await mine.histories.load(TO)).history.exchanges.map(({ id }) => id)).toEqual(['1', '2', '3', '4']);
    expect((await mine.histories.load(FROM)).history.exchanges.map(({ id }) => id)).toEqual(['5']);
    await place.close();
  });

  it('keeps nothing for longer than it would have been kept', async () => {
    const place = await openFresh();
    const { histories, store } = opened(place.open());
    await histories.save(FROM, [exchange('1', { askedAt: Date.now() - 2 * TTL_MS }), exchange('2', { askedAt: Date.now() - TTL_MS + 300 }), exchange('3')].reduce(remember, EMPTY_HISTORY));
    await histories.move(FROM, TO, answerIdOf);
    await expect.poll(async () => (await store.withPrefix('-', `exchange:${TO}/`)).length).toBe(1);
    expect((await histories.load(TO)).history.exchanges.at(-1)?.id).toBe('3');
    expect(await store.withPrefix(`history:${FROM}`, `exchange:${FROM}/`)).toEqual([]);
    await place.close();
  });
};

const openAt = (url: string, keys?: StoreKeys) => {
  const all: Store[] = [];
  return {
    open: (): readonly Store[] => {
      const openTable = openTables(url, { keys });
      const tables = [openTable(), openTable('files')];
      all.push(...tables);
      return tables;
    },
    close: async (): Promise<void> => {
      for (const store of all) await store.close();
    },
  };
};

describe('a moved conversation in a file', () => describeMoves(async () => openAt(`sqlite://${freshPath()}`)));

describe('a moved conversation in an encrypted file', () => {
  const keys = { current: randomBytes(32) };
  describeMoves(async () => openAt(`sqlite://${freshPath()}`, keys));
});

describe.skipIf(WITHOUT_POSTGRES)(`a moved conversation in PostgreSQL${NEEDS_POSTGRES}`, () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres(['max_connections=400']);
  });
  afterAll(() => server.remove());
  describeMoves(async () => openAt(await server.freshDatabase()));
});

it('nothing is moved where nothing is', async () => {
  const { histories } = opened([openStore('memory://'), openStore('memory://')]);
  expect(await histories.move(FROM, TO, answerIdOf)).toEqual(EMPTY_HISTORY);
  expect(await histories.movedTo('1')).toBeUndefined();
});
