import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/open-store.ts';
import { createUsageStore } from '../../src/store/usage-store.ts';
import { usageCsv } from '../../src/usage/usage-csv.ts';
import { lastDays, reportUsage } from '../../src/usage/usage-report.ts';
import { MODEL, bookOn, payerOf } from './book-calls.ts';
import type { Store } from '../../src/store/open-store.ts';
import type { UsageReport, UsageScope } from '../../src/usage/usage-report.ts';

const [A, B] = ['100000000000000001', '100000000000000002'];
const [ANA, BO] = ['200000000000000001', '200000000000000002'];
const NOW = Date.UTC(2026, 11, 2, 12);
const DAY_MS = 86_400_000;

let store: Store;
beforeEach(async () => {
  store = openStore('memory://', { table: 'usage' });
  let now = NOW;
  const book = bookOn(store, { now: () => now });
  const report = (daysAgo: number, guildId: string | undefined, channelId: string, memberId: string, tokens: number, modelId = MODEL): void => {
    now = NOW - daysAgo * DAY_MS;
    book.report({ modelId, payer: payerOf(guildId, channelId, memberId), usage: { inputTokens: tokens, outputTokens: 0 } });
  };
  report(0, A, '7', ANA, 1_000);
  report(1, A, '8', BO, 5_000);
  report(4, A, '7', ANA, 300, 'unknown');
  report(3, B, '9', ANA, 40_000);
  report(2, undefined, '5', ANA, 7);
  report(40, A, '7', BO, 1_000_000);
  now = NOW;
  book.report({ modelId: MODEL, payer: undefined, usage: { inputTokens: 9, outputTokens: 1 } });
  book.report({ modelId: MODEL, payer: payerOf(A, '7', BO), usage: undefined });
  await book.settle();
});
afterEach(() => store.close());

const reportOf = (scope: UsageScope, days = 7): Promise<UsageReport> => reportUsage(createUsageStore(store), scope, lastDays(NOW, days));
const shares = (list: UsageReport['who']) => list.map(({ id, sum }) => [id, sum.inputTokens]);

describe('a report of usage', () => {
  it('of a server has its days over the end of a month, its models, members and channels, the dearest first', async () => {
    const { days, models, total, who, where } = await reportOf({ is: 'server', guildId: A });
    expect(days).toEqual(['2026-11-26', '2026-11-27', '2026-11-28', '2026-11-29', '2026-11-30', '2026-12-01', '2026-12-02']);
    expect(models.map(({ modelId, days: sums }) => [modelId, sums.map(({ inputTokens }) => inputTokens)])).toEqual([
      [MODEL, [0, 0, 0, 0, 0, 5_000, 1_000]],
      ['unknown', [0, 0, 300, 0, 0, 0, 0]],
    ]);
    expect(total).toMatchObject({ calls: 4, inputTokens: 6_300, nanoUsd: 6_000_000, unpriced: 1, unreported: 1 });
    expect(shares(who)).toEqual([[BO, 5_000], [ANA, 1_300]]);
    expect(shares(where)).toEqual([['8', 5_000], ['7', 1_300]]);
  });

  it('of a member has all that they asked anywhere, by server, and nobody else', async () => {
    const { total, who, where } = await reportOf({ is: 'member', memberId: ANA });
    expect(total).toMatchObject({ calls: 4, inputTokens: 41_307 });
    expect(who).toEqual([]);
    expect(shares(where)).toEqual([[B, 40_000], [A, 1_300], ['dm', 7]]);
  });

  it('of the bot has everything, what it asked for itself too', async () => {
    const { total, who, where } = await reportOf({ is: 'bot' });
    expect(total).toMatchObject({ calls: 7, inputTokens: 46_316 });
    expect(shares(who)).toEqual([[ANA, 41_307], [BO, 5_000]]);
    expect(shares(where)).toEqual([[B, 40_000], [A, 6_300], ['dm', 7]]);
  });

  it('goes back as far as it is asked', async () => {
    expect((await reportOf({ is: 'server', guildId: A }, 90)).total.inputTokens).toBe(1_006_300);
    expect((await reportOf({ is: 'server', guildId: A }, 1)).total.inputTokens).toBe(1_000);
    expect((await reportOf({ is: 'server', guildId: '1' })).total.calls).toBe(0);
  });
});

describe('a table of usage', () => {
  it('has a line for each model and day, member and place, with ids and names', async () => {
    const csv = usageCsv(await reportOf({ is: 'server', guildId: A }), { model: (id) => `Model ${id}`, who: (id) => (id === ANA ? 'Ana' : 'Bo'), where: (id) => `#${id}` });
    expect(csv.split('\r\n')).toEqual([
      '\uFEFFabout,day,id,name,calls,input_tokens,output_tokens,cache_read_tokens,cache_write_tokens,usd,calls_without_figures,calls_without_price,checked_text_units',
      'model,2026-11-28,"unknown","Model unknown",1,300,0,0,0,0,0,1,0',
      `model,2026-12-01,"${MODEL}","Model ${MODEL}",1,5000,0,0,0,0.005,0,0,0`,
      `model,2026-12-02,"${MODEL}","Model ${MODEL}",2,1000,0,0,0,0.001,1,0,0`,
      `member,,"${BO}","Bo",2,5000,0,0,0,0.005,1,0,0`,
      `member,,"${ANA}","Ana",2,1300,0,0,0,0.001,0,1,0`,
      'channel,,"8","#8",1,5000,0,0,0,0.005,0,0,0',
      'channel,,"7","#7",3,1300,0,0,0,0.001,1,1,0',
      '',
    ]);
  });

  it('never makes a formula of a name, nor a line or a cell more', async () => {
    const found = await reportOf({ is: 'server', guildId: A });
    const names = ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r\n=1', ' =1', '\uFF1D1', 'a","=1', 'a\r\n=1', '|x', '%x'];
    for (const name of names) {
      const csv = usageCsv(found, { model: () => name, who: () => name, where: () => name });
      const lines = csv.trimEnd().split(/\r\n|\r|\n/u);
      expect(lines).toHaveLength(8);
      for (const line of lines.slice(1)) {
        const shown = /^\w+,[\d-]*,"[^"]*","((?:[^"]|"")*)"(?:,[\d.]+){9}$/u.exec(line)?.[1];
        expect(shown).toBeDefined();
        expect(shown).not.toMatch(/^\s*[=+\-@\uFF1D|%]/u);
      }
    }
  });
});
