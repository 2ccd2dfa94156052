import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPriceOf } from '../../src/bedrock/answer-cost.ts';
import { createModelBook, pricesAsOf } from '../../src/bedrock/model-facts.ts';
import { usageText } from '../../src/discord/texts/usage-texts.ts';
import { createDrawUsage } from '../../src/pictures/picture-process.ts';
import { openTables } from '../../src/store/open-store.ts';
import { createUsageStore } from '../../src/store/usage-store.ts';
import { createCallBook } from '../../src/usage/call-book.ts';
import { dayAt } from '../../src/usage/account.ts';
import { lastDays, reportUsage } from '../../src/usage/usage-report.ts';
import { tokensOf, toNanoUsd, usdOf } from '../../src/usage/sum.ts';
import type { BookedCall } from '../../src/usage/account.ts';
import type { UsageScope } from '../../src/usage/usage-report.ts';

// What `/usage` takes over many booked calls, what they take in the store, and the CPU of booking one.
const CALLS = Number(process.argv[2] ?? 1_000_000);
const [MEMBERS, CHANNELS, SERVERS, DAYS] = [1_000, 100, 10, 90];
const MODELS = ['us.anthropic.claude-haiku-5-5', 'us.amazon.nova-2-lite-v1:0'];
const DAY_MS = 86_400_000;
const [AT_ONCE, MEASURED] = [500, 5_000];

const folder = mkdtempSync(join(tmpdir(), 'parley-usage-'));
const file = join(folder, 'parley.sqlite');
const open = openTables(`sqlite://${file}`);
const table = open('usage');
const store = createUsageStore(table);
const priceOf = createPriceOf(createModelBook());
const now = Date.now();
let seed = 7;
const random = (below: number): number => {
  seed = (seed * 48_271) % 2_147_483_647;
  return seed % below;
};
const idOf = (kind: number, index: number): string => String(BigInt(kind) * 100_000_000_000_000_000n + BigInt(index));

/** A member asks in two channels of one server, mostly one model; some ask a hundred times as often as others. */
const callOf = (index: number): BookedCall => {
  const member = Math.min(random(MEMBERS), random(MEMBERS));
  const server = member % SERVERS;
  const channel = server * (CHANNELS / SERVERS) + ((member + random(2)) % (CHANNELS / SERVERS));
  const modelId = MODELS[random(10) === 0 ? 1 : 0] ?? '';
  const usage = { inputTokens: 200 + random(4_000), outputTokens: 20 + random(800), cacheReadInputTokens: random(3) === 0 ? random(8_000) : 0 };
  const guildId = idOf(1, server);
  return {
    day: dayAt(now - Math.floor(((CALLS - 1 - index) / CALLS) * DAYS) * DAY_MS),
    modelId,
    accounts: ['bot', `server:${guildId}`, `channel:${guildId}:${idOf(2, channel)}`, `member:${guildId}:${idOf(3, member)}`],
    sum: { calls: 1, inputTokens: usage.inputTokens, outputTokens: usage.outputTokens, cacheReadTokens: usage.cacheReadInputTokens, cacheWriteTokens: 0, nanoUsd: toNanoUsd(priceOf(modelId, usage) ?? 0), unreported: 0, unpriced: 0, textUnits: 0 },
  };
};

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const median = (values: readonly number[]): number => values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;

try {
  for (let from = 0; from < CALLS; from += AT_ONCE) {
    await store.append(`x-${String(from).padStart(9, '0')}`, Array.from({ length: Math.min(AT_ONCE, CALLS - from) }, (_, index) => callOf(from + index)));
    while (await store.fold());
  }
  while (await store.fold());
  await table.flush();
  say(`| the store for 100,000 of ${CALLS.toLocaleString('en-US')} booked calls | ${((statSync(file).size / CALLS) * 0.1).toFixed(2)} MB |`);

  const drawing = createDrawUsage();
  const names = { model: (id: string) => id, server: (id: string) => id };
  const scopes: readonly (readonly [string, UsageScope])[] = [
    ['everybody', { is: 'bot' }],
    ['a server', { is: 'server', guildId: idOf(1, 0) }],
    ['a member', { is: 'member', memberId: idOf(3, 0) }],
  ];
  for (const [name, scope] of scopes) {
    const [texts, pictures]: [number[], number[]] = [[], []];
    for (let round = 0; round < 5; round += 1) {
      const startedAt = performance.now();
      drawing.prepare();
      const report = await reportUsage(store, scope, lastDays(now, 30));
      usageText(report, names, pricesAsOf());
      texts.push(performance.now() - startedAt);
      const bars = (list: typeof report.who) => list.slice(0, 5).map(({ id, sum }) => ({ name: id, usd: usdOf(sum), tokens: tokensOf(sum) }));
      await drawing.draw({
        theme: 'dark',
        title: name,
        subtitle: '',
        days: report.days,
        series: report.models.map(({ modelId, days }) => ({ name: modelId, usd: days.map(usdOf), tokens: days.map(tokensOf) })),
        lists: [{ title: 'Who', bars: bars(report.who) }, { title: 'Where', bars: bars(report.where) }],
        labels: { usd: 'usd', tokens: 'tokens' },
      });
      pictures.push(performance.now() - startedAt);
    }
    say(`| \`/usage\` of ${name} over them: text; text and picture | ${median(texts).toFixed(0)} ms; ${median(pictures).toFixed(0)} ms |`);
  }

  const book = createCallBook({ store, priceOf, placeOf: () => undefined, now: Date.now, log: { warn: () => undefined } });
  const rounds: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const before = process.cpuUsage();
    for (let call = 0; call < MEASURED; call += 1) {
      const member = random(200);
      book.report({ modelId: MODELS[0] ?? '', payer: { guildId: idOf(1, 0), conversationId: idOf(2, member % 20), asker: { id: idOf(3, member), name: 'Ana' } }, usage: { inputTokens: 1_000 + call, outputTokens: 200 } });
      if (call % 4 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await book.settle();
    const { user, system } = process.cpuUsage(before);
    rounds.push((user + system) / MEASURED / 1_000);
  }
  say(`| CPU of booking a call, with its part of adding up | ${median(rounds).toFixed(3)} ms |`);
  await book.close();
} finally {
  await table.close();
  rmSync(folder, { recursive: true, force: true });
}
