import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parser } from '@prometheus-io/lezer-promql';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { freePort } from './free-port.ts';
import { freshFolder, startProcess } from './parley-process.ts';
import { readExposition } from './read-exposition.ts';
import { TEST_KEY, bedrockErrors, startBedrockSimulator } from './simulators/bedrock.ts';
import { startDiscordSimulator } from './simulators/discord.ts';
import type { ParleyProcess } from './parley-process.ts';
import type { Exposition } from './read-exposition.ts';
import type { BedrockSimulator } from './simulators/bedrock.ts';
import type { DiscordSimulator } from './simulators/discord.ts';

const ROOT = join(import.meta.dirname, '..');
const read = (name: string): string => readFileSync(join(ROOT, name), 'utf8');

/** A running Parley that has met most of what there is to be counted. */
let discord: DiscordSimulator;
let bedrock: BedrockSimulator;
let parley: ParleyProcess;
let scraped: Exposition;
let text: string;

const totalOf = (name: string, labels: Readonly<Record<string, string>> = {}): number =>
  scraped.samples
    .filter((sample) => sample.name === name && Object.entries(labels).every(([label, value]) => sample.labels[label] === value))
    .reduce((sum, { value }) => sum + value, 0);

beforeAll(async () => {
  const [port, ...sides] = await Promise.all([freePort(), startDiscordSimulator({ rateLimits: 'off' }), startBedrockSimulator()]);
  [discord, bedrock] = sides;
  const ana = discord.addUser({ name: 'ana' });
  const guild = discord.addGuild({ members: [ana] });
  const place = guild.addChannel();
  parley = startProcess({ discord, bedrock }, freshFolder(), { HTTP_PORT: String(port) });
  await vi.waitFor(() => expect(parley.output()).toMatch(/commands (?:are )?registered/u), 40_000);
  const asks = async (what: string, where = place): Promise<void> => {
    const before = where.fromBot.length;
    ana.say(where, what);
    await discord.waitFor(() => where.fromBot[before]?.content.match(/Certainly|\w+ \w+/u), 30_000);
  };
  const call = discord.botUser.mention;
  bedrock.respond({ text: 'Certainly.', usage: { inputTokens: 12, outputTokens: 3, cacheReadInputTokens: 40, cacheWriteInputTokens: 5 } });
  await asks(`${call} what is a mention?`);
  const command = ana.runCommand(place, 'ask', { prompt: 'what is a command?' });
  await discord.waitFor(() => command.response, 30_000);
  await discord.waitFor(() => place.fromBot.filter(({ content }) => content.includes('Certainly')).length >= 2, 30_000);
  // Discord refuses one request as too many, and takes the next.
  discord.faults.add({ route: 'POST /channels/:id/messages', does: { status: 429, body: { message: 'You are being rate limited.', retry_after: 0.1, global: false }, headers: { 'retry-after': '1' } }, times: 1 });
  bedrock.respondOnce({ error: bedrockErrors.internalServer() });
  await asks(`${call} what is made again?`);
  bedrock.respondOnce({ error: bedrockErrors.validation('The model returned the following errors: no') });
  // Where nothing was said before, there is nothing to be left out of it.
  await asks(`${call} what is refused?`, guild.addChannel({ name: 'fresh' }));
  const settled = async (): Promise<void> => {
    text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    scraped = readExposition(text);
    expect([totalOf('parley_questions_total'), totalOf('parley_questions_in_progress')]).toEqual([4, 0]);
  };
  await vi.waitFor(settled, { timeout: 30_000, interval: 600 });
}, 120_000);
afterAll(async () => {
  parley.child.kill('SIGKILL');
  await Promise.all([discord.close(), bedrock.close()]);
});

describe('/metrics of a running Parley', () => {
  it('counts questions by what they were asked by and what became of them', () => {
    expect(totalOf('parley_questions_total', { door: 'mention', outcome: 'delivered' })).toBe(2);
    expect(totalOf('parley_questions_total', { door: 'command', outcome: 'delivered' })).toBe(1);
    expect(totalOf('parley_questions_total', { door: 'mention' })).toBe(3);
    expect(totalOf('parley_question_failures_total')).toBe(1);
    expect([totalOf('parley_first_words_seconds_count'), totalOf('parley_answer_seconds_count'), totalOf('parley_question_wait_seconds_count')]).toEqual([3, 3, 4]);
  });

  it("tells of model calls by OpenTelemetry's names and buckets", () => {
    const ofCalls = { gen_ai_operation_name: 'chat', gen_ai_provider_name: 'aws.bedrock', gen_ai_request_model: 'us.anthropic.claude-haiku-5-5' };
    expect(totalOf('gen_ai_client_operation_duration_seconds_count', ofCalls)).toBe(5);
    expect(totalOf('gen_ai_client_operation_duration_seconds_count', { ...ofCalls, error_type: 'service-error' })).toBe(1);
    expect(totalOf('gen_ai_client_operation_time_to_first_chunk_seconds_count', ofCalls)).toBe(3);
    expect(totalOf('parley_model_call_retries_total', { kind: 'service-error' })).toBe(1);
    const kinds = ['input', 'output', 'cache_read', 'cache_write'].map((gen_ai_token_type) => totalOf('gen_ai_client_token_usage_sum', { ...ofCalls, gen_ai_token_type }));
    expect(kinds).toEqual([36, 9, 120, 15]);
    const bounds = scraped.samples.filter(({ name, labels }) => name === 'gen_ai_client_token_usage_bucket' && labels['gen_ai_token_type'] === 'input').map(({ labels }) => labels['le']);
    expect(bounds).toEqual(['1', '4', '16', '64', '256', '1024', '4096', '16384', '65536', '262144', '1048576', '4194304', '16777216', '67108864', '+Inf']);
    expect(totalOf('parley_cost_usd_total') + totalOf('parley_unpriced_calls_total')).toBeGreaterThan(0);
  });

  it('tells of Discord, of the key, of the store and of itself', () => {
    expect(totalOf('parley_discord_requests_total', { purpose: 'create', status: '429' })).toBe(1);
    expect(totalOf('parley_discord_requests_total', { purpose: 'create', status: '200' })).toBeGreaterThan(0);
    expect(totalOf('parley_ready')).toBe(1);
    expect([totalOf('parley_discord_shards'), totalOf('parley_discord_shards_ready')]).toEqual([1, 1]);
    expect(totalOf('parley_discord_event_age_seconds')).toBeLessThan(120);
    // A long-term key does not say when it ends.
    expect(totalOf('parley_bedrock_key_remaining_seconds')).toBe(Number.POSITIVE_INFINITY);
    expect(totalOf('parley_store_seconds_count', { does: 'read' })).toBeGreaterThan(0);
    expect(totalOf('parley_store_seconds_count', { does: 'write' })).toBeGreaterThan(0);
    expect(totalOf('parley_event_loop_delay_seconds', { quantile: '0.99' })).toBeGreaterThanOrEqual(0);
    expect(totalOf('process_resident_memory_bytes')).toBeGreaterThan(1_000_000);
  });

  it('has a help and a type for each figure, no ids as labels, and nothing secret', () => {
    expect(scraped.problems).toEqual([]);
    const labels = scraped.samples.flatMap((sample) => Object.values(sample.labels));
    expect(labels.filter((value) => /\d{12,}/u.test(value) || value.length > 80)).toEqual([]);
    expect(text).not.toMatch(new RegExp(`${TEST_KEY}|${discord.token}|what is`, 'u'));
  });
});

/** What a query names: figures, each with the labels that it asks for. Mistakes in its grammar are told. */
const namesIn = (query: string) => {
  // Grafana puts these in.
  const expression = query.replaceAll('$__rate_interval', '5m').replaceAll('$instance', '.*');
  const figures: string[] = [];
  const labels: string[] = [];
  const mistakes: string[] = [];
  parser.parse(expression).iterate({
    enter: ({ name, from, to, type }) => {
      const words = expression.slice(from, to);
      if (type.isError) mistakes.push(`${expression} at ${from}`);
      if (name === 'Identifier') figures.push(words);
      if (name === 'LabelName') labels.push(words);
    },
  });
  return { figures, labels, mistakes };
};

const dashboard = JSON.parse(read('docs/monitoring/grafana-dashboard.json')) as {
  panels: { id: number; title: string; gridPos: { x: number; y: number; w: number; h: number }; targets: { expr: string; legendFormat: string }[] }[];
  templating: { list: { name: string }[] };
};
const { groups } = parse(read('docs/monitoring/alerts.yaml')) as { groups: { rules: { alert: string; expr: string; annotations: { summary: string; description: string } }[] }[] };
const rules = groups.flatMap((group) => group.rules);
const queries: [string, string][] = [
  ...rules.map(({ alert, expr }): [string, string] => [alert, expr]),
  ...dashboard.panels.flatMap(({ title, targets }) => targets.map(({ expr }): [string, string] => [title, expr])),
];

describe('the dashboard and the alerts', () => {
  it('are five rules and a dashboard whose panels do not overlap', () => {
    expect(rules.map(({ alert }) => alert)).toHaveLength(5);
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) => Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)}/${y + Math.floor(cell / w)}`));
    expect(new Set(cells).size).toBe(cells.length);
    expect(dashboard.templating.list.map(({ name }) => name)).toEqual(['datasource', 'instance']);
  });

  it.each(queries)('%s: asks for figures and labels that there are', (_, query) => {
    const { figures, labels, mistakes } = namesIn(query);
    expect(mistakes).toEqual([]);
    expect(figures.length).toBeGreaterThan(0);
    expect(figures.filter((name) => !scraped.names.has(name))).toEqual([]);
    // What Prometheus adds by itself.
    const known = new Set(['instance', 'job', ...scraped.samples.filter(({ name }) => figures.includes(name)).flatMap((sample) => Object.keys(sample.labels)), ...figures.flatMap((name) => scraped.labelsOf(name))]);
    expect(labels.filter((label) => !known.has(label))).toEqual([]);
  });

  it('leave out no figure', () => {
    const asked = new Set(queries.flatMap(([, query]) => namesIn(query).figures.map((name) => name.replace(/_(?:bucket|sum|count)$/u, ''))));
    const untold = [...scraped.families].filter((name) => !asked.has(name));
    expect(untold).toEqual(['parley_model_calls_limit', 'parley_discord_shards', 'parley_discord_shards_ready', 'parley_bedrock_answer_age_seconds', 'process_start_time_seconds']);
  });

  it('are in the README, with all figures', () => {
    const readme = read('README.md');
    const [, section = ''] = /^## Watch it$([\s\S]*?)^## /mu.exec(readme) ?? [];
    expect([...scraped.families].filter((name) => !section.includes(`\`${name}`))).toEqual([]);
    const named = [...section.matchAll(/`((?:parley|gen_ai|process)_[a-z_]+)/gu)].map(([, name = '']) => name);
    const labels = new Set(scraped.samples.flatMap((sample) => Object.keys(sample.labels)));
    expect(named.filter((name) => !scraped.families.has(name) && !labels.has(name))).toEqual([]);
    for (const file of ['docs/monitoring/grafana-dashboard.json', 'docs/monitoring/alerts.yaml']) expect(section).toContain(file);
  });
});
