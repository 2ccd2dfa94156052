import fc from '../property.ts';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { checkedTable } from '../../src/store/checked-table.ts';
import { exchangeKind, headKind, shownByKind, toStoredHead } from '../../src/store/history-record.ts';
import { movedKind } from '../../src/store/moved-conversations.ts';
import { ownerKind } from '../../src/store/kept-files.ts';
import { markKind, rowKind } from '../../src/store/ledger-record.ts';
import { accountKind, heldKind } from '../../src/store/limit-record.ts';
import { openTables } from '../../src/store/open-store.ts';
import { pickedKind } from '../../src/store/picked-messages.ts';
import { leaseKind } from '../../src/store/process-lease.ts';
import { needKind } from '../../src/store/need-store.ts';
import { begunKind } from '../../src/store/begun-interactions.ts';
import { createSeal } from '../../src/store/seal.ts';
import { peerKind } from '../../src/store/peer-store.ts';
import { divisionKind, identifyKind } from '../../src/store/shard-store.ts';
import { auditKind, revisionKind, settingsKind } from '../../src/store/settings-store.ts';
import { pendingQuestionKind, shownAnswerKind } from '../../src/store/shown-answer-store.ts';
import { NOBODY } from '../../src/store/store-audience.ts';
import { dayKind, directKind, listenedKind, sessionKind, tokenKind } from '../../src/store/small-records.ts';
import { bookedKind, monthKind, toBooked, toStoredMonth, turnKind } from '../../src/store/usage-record.ts';
import { NOTHING } from '../../src/usage/sum.ts';
import { parts, pathsIn, withPart } from './damage.ts';
import { jsonKind } from '../../src/store/record-kind.ts';
import type { RecordKind } from '../../src/store/record-kind.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const NOW = 1_790_000_000_000;
const ID = '1500000000000000000';
const SHA256 = 'ab'.repeat(32);
const person = { id: ID, name: 'Ana' };
const quoted = { text: 'earlier', embeds: ['a card'], also: ['a sticker'], forwarded: { text: 'passed on', forwarded: { text: 'from afar' } } };

const place = {
  channelId: ID,
  replyTo: ID,
  interaction: { id: ID, applicationId: ID, token: 'secret', expiresAt: NOW },
  isPrivate: false,
  canSendMessages: true,
  preface: 'Ana asked',
};

/** A value of each kind that is JSON, with everything that it may have. */
const values: readonly (readonly [RecordKind<never>, unknown])[] = [
  [headKind as RecordKind<never>, toStoredHead({ first: 3, count: 40 }, 'a-revision', true)],
  [
    exchangeKind as RecordKind<never>,
    {
      id: ID,
      continues: '7',
      askerId: ID,
      askedAt: NOW,
      turns: [
        {
          role: 'user',
          content: [
            { text: 'hello' },
            { image: { format: 'png', source: { sha256: SHA256, size: 5 } } },
            { document: { format: 'pdf', name: 'document-1', source: { sha256: SHA256, size: 7 } } },
          ],
        },
        { role: 'assistant', content: [{ text: 'Hi.' }] },
      ],
      replyMessageIds: [ID, '8'],
      stopReason: 'end_turn',
      usage: { inputTokens: 1, outputTokens: 2, cacheReadInputTokens: 3, cacheWriteInputTokens: 4 },
      answeredBy: { modelName: 'A model', usage: { inputTokens: 1, outputTokens: 2 }, cost: 0.001 },
      siblings: {
        before: [{ turns: [{ role: 'user', content: [{ text: 'helo' }] }, { role: 'assistant', content: [{ text: 'Hm?' }] }], stopReason: 'end_turn' }],
        after: [{ turns: [{ role: 'user', content: [{ image: { format: 'png', source: { sha256: SHA256, size: 5 } } }] }, { role: 'assistant', content: [{ text: 'A cat.' }] }], stopReason: 'max_tokens', usage: { inputTokens: 1, outputTokens: 2 } }],
      },
      begins: '5',
    },
  ],
  [
    rowKind(createSeal('a passphrase')) as RecordKind<never>,
    {
      owner: 'a-process',
      row: {
        questionId: ID,
        conversationId: `${ID}:7`,
        askerId: ID,
        state: 'refused',
        reason: 'stopped',
        canRetry: true,
        acceptedAt: NOW,
        deadline: NOW,
        attempts: 1,
        place,
        messageIds: [ID],
        refusal: { text: 'Not here.', sign: '🚫' },
        question: { id: ID, firstAskedAs: '5', behind: '6', continues: '4', continuesOr: '3', answers: 2, also: ['a poll'], conversationId: ID, guildId: ID, asker: person, askedAt: NOW, text: 'hello', isShared: true, repliedTo: { ...quoted, author: person }, forwarded: quoted, filesAt: 'addresses' },
        hadFiles: true,
      },
    },
  ],
  [
    shownAnswerKind as RecordKind<never>,
    { questionId: ID, conversationId: ID, guildId: ID, asker: person, askedAt: NOW, isShared: true, isPrivate: false, channelId: ID, replyTo: ID, messageIds: [ID], isCutOff: true, continuedBy: '9', behind: '8', continues: '7', continuesOr: '6' },
  ],
  [pendingQuestionKind as RecordKind<never>, { text: 'hello', repliedTo: { ...quoted, author: person }, forwarded: quoted, also: ['a poll'], locale: 'pt-BR', hasFiles: true }],
  [
    pickedKind as RecordKind<never>,
    { version: 1, id: ID, channelId: ID, pickedBy: ID, quoted: { ...quoted, author: person }, files: [{ name: 'a.txt', url: 'https://example.com/a.txt', size: 3, contentType: 'text/plain' }] },
  ],
  [leaseKind as RecordKind<never>, { pid: 7, space: 'a machine', begun: '4242', container: 'a container', boot: 'a boot', at: 12.5 }],
  [
    settingsKind as RecordKind<never>,
    { version: 1, revision: 7, server: { model: 'us.amazon.nova-2-lite-v1:0', aLaterOne: 3 }, categories: { [ID]: { privateAnswers: false } }, channels: { '8': { persona: 'A pirate.' }, '9': { maxAnswerTokens: 5 } } },
  ],
  [auditKind as RecordKind<never>, { version: 1, at: NOW, byId: ID, level: 'channel', placeId: ID, key: 'persona', from: 'A pirate.', to: 'A parrot.' }],
  [
    accountKind as RecordKind<never>,
    {
      version: 1,
      minute: [1_790_000_000, 2],
      hour: [1_789_999_000, 1, 1_790_000_000, 2],
      day: [{ of: 20_717, questions: 3, tokens: 500, heldTokens: 60, nano: 7_000, heldNano: 800 }],
      month: [{ of: 24_320, questions: 3, tokens: 500, heldTokens: 60, nano: 7_000, heldNano: 800 }],
      atOnce: [[ID, 1_790_000_000]],
    },
  ],
  ...[
    { is: 'refused', reached: { per: 'member', counts: 'at once', most: 2 } },
    { is: 'open', model: 'us.amazon.nova-2-lite-v1:0', reached: [{ per: 'server', counts: 'usd', window: 'month', most: 0.5, opensAt: NOW }] },
  ].map((verdict): readonly [RecordKind<never>, unknown] => [
    heldKind as RecordKind<never>,
    { version: 1, second: 1_790_000_000, day: 20_717, month: 24_320, tokens: 5, nano: 0, verdict, accounts: [{ account: `m7@s${ID}`, counted: ['minute', 'atOnce'] }] },
  ]),
  [
    bookedKind as RecordKind<never>,
    toBooked([{ day: '2026-11-29', modelId: 'us.amazon.nova-2-lite-v1:0', accounts: ['bot', `server:${ID}`, `member:${ID}:7`], sum: { ...NOTHING, calls: 1, inputTokens: 5, nanoUsd: 12_345_678 } }]),
  ],
  [monthKind as RecordKind<never>, toStoredMonth([{ day: 29, modelId: 'us.amazon.nova-2-lite-v1:0', sum: { ...NOTHING, calls: 1, cacheWriteTokens: 5, nanoUsd: 12_345_678, unpriced: 2 } }, { day: 30, modelId: 'another', sum: NOTHING }])],
  [needKind as RecordKind<never>, { version: 1, at: 12.5, requests: 4, calls: 2.5, refused: [{ modelId: 'us.amazon.nova-2-lite-v1:0', reason: 'throttled', forMs: 5_000 }] }],
  [begunKind(createSeal('a passphrase')) as RecordKind<never>, { owner: 'an-owner', id: ID, applicationId: ID, token: 'a token', kind: 'memory' }],
  [peerKind as RecordKind<never>, { version: 1, at: 12.5, isLeaving: false }],
  [divisionKind as RecordKind<never>, { version: 1, count: 3, shards: { '0': { owner: 'one' }, '1': { owner: 'one', next: 'other' }, '2': { next: 'other' } } }],
  [movedKind as RecordKind<never>, { version: 1, conversationId: `${ID}:user:${ID}` }],
  [shownByKind as RecordKind<never>, { version: 1, conversationId: `${ID}:reply:${ID}`, exchangeId: ID }],
];

const texts: readonly (readonly [RecordKind<string>, string])[] = [
  [markKind, ID],
  [ownerKind, String(NOW)],
  [directKind, String(NOW)],
  [tokenKind, String(NOW)],
  [identifyKind, String(NOW)],
  [listenedKind(() => NOW), ID],
  [sessionKind, `${ID}ab 1234 wss://gateway-us-east1-b.discord.gg`],
  [dayKind, `${DAY_MS * 20_000} 5 0`],
  [revisionKind, '6f2b0c1e-6a53-4d7b-9d0e-2f2f0c6a1b7d'],
  [turnKind, '6f2b0c1e-6a53-4d7b-9d0e-2f2f0c6a1b7d'],
];

const damagedParts = fc.oneof(parts, fc.constantFrom<unknown>(undefined, Number.NaN, Number.POSITIVE_INFINITY, 'é', 'x'.repeat(20_000), ID, NOW, 'user', 2, ['1', 2], { text: 5 }));

describe.each(values.map(([kind, value]) => ({ name: kind.name, kind, value })))('what is written of a $name', ({ kind, value }) => {
  it('is all of it, and is read as it was', () => {
    const written = kind.write(value as never);
    expect(written?.leftOut).toEqual([]);
    expect(kind.read(written?.text ?? '')).toEqual({ is: 'fine', value });
  });

  it('can be read again, whatever a part of it has become', () => {
    let left = 0;
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(), damagedParts), { minLength: 1, maxLength: 3 }), (damages) => {
        const damaged = damages.reduce<unknown>((before, [index, part]) => {
          const paths = pathsIn(before);
          return withPart(before, paths[index % paths.length] ?? [], part);
        }, value);
        const written = kind.write(damaged as never);
        if (written !== undefined) expect(kind.read(written.text).is).toBe('fine');
        if (written?.leftOut.length !== 0) left += 1;
      }),
      { numRuns: 1_000 },
    );
    expect(left).toBeGreaterThan(100);
  });
});

describe('a record of which parts cannot be written', () => {
  const list = jsonKind<readonly unknown[]>({ name: 'list', prefix: 'list:', version: 1, schema: z.array(z.string()) });

  it('is written without up to fifty of them, and not at all without more', () => {
    const parts = (bad: number): unknown[] => ['first', ...Array.from({ length: bad }, (_, index) => index), 'last'];
    const written = list.write(parts(50));
    expect([written?.text, written?.leftOut.length]).toEqual(['["first","last"]', 50]);
    expect(list.write(parts(51))).toBeUndefined();
  });
});

describe.each(texts.map(([kind, text]) => ({ name: kind.name, kind, text })))('what is written of a $name', ({ kind, text }) => {
  it('is read as it was', () => {
    expect(kind.write(text)).toEqual({ text, leftOut: [] });
    expect(kind.read(text)).toEqual({ is: 'fine', value: text });
  });

  it('is nothing, where it could not be read again', () => {
    for (const bad of ['', 'nonsense', '-1', '1e9', 'null', '9'.repeat(40), '{"version":1}']) expect(kind.write(bad)).toBeUndefined();
  });
});

describe('a defect', () => {
  it.each([
    ['history', 0, 'revision', undefined],
    ['exchange', 1, 'usage', { inputTokens: -1, outputTokens: 2 }],
    ['exchange', 1, 'continues', 'not an id'],
    ['question', 2, 'row.reason', 'x'.repeat(1_001)],
    ['shown answer', 3, 'guildId', '/../users'],
    ['pending question', 4, 'also', 'no list'],
    ['picked message', 5, 'quoted.embeds', { no: 'list' }],
    ['sign of life', 6, 'at', Number.NaN],
  ])('in a %s (%i) is told, and written without %s', async (_name, index, path, bad) => {
    const told: (readonly string[])[] = [];
    const audience = { ...NOBODY, onDefect: (_record: unknown, leftOut: readonly string[]) => void told.push(leftOut) };
    const store = openTables('memory://', { audience })();
    const [kind, value] = values[index] ?? [];
    const table = checkedTable(store, kind as RecordKind<unknown>);
    const broken = withPart(value, path.split('.'), bad);
    await table.save('1', broken, DAY_MS);
    const found = await table.find('1');
    expect(told).toHaveLength(1);
    if (bad === undefined) expect([told, found]).toEqual([[['all of it']], undefined]);
    else {
      expect(told[0]?.at(-1)).toBe(path.replace(/^row\./u, ''));
      expect(found?.value).toEqual(withPart(value, path.split('.'), undefined));
    }
    await store.close();
  });
});
