import { describe, expect, it } from 'vitest';
import { createPolicy } from '../../src/policy/settings-for.ts';
import type { PlaceSettings } from '../../src/conversation/ports.ts';
import type { ServerSettings } from '../../src/policy/server-settings.ts';
import type { PolicyModel } from '../../src/policy/settings-for.ts';

const GUILD = '100000000000000001';
const BOT = { model: 'ours', persona: 'Of the environment.', maxAnswerTokens: 4_096, footer: 'off', privateAnswers: true, errorStyle: 'reply', guardrail: 'abc:1' } as const;

const create = (byGuild: Readonly<Record<string, Partial<ServerSettings>>>) => {
  const counted = { looks: 0, places: 0, opened: [] as string[] };
  const model = {} as PlaceSettings['model'];
  const imageLimit = { most: () => 20, lower: () => undefined };
  const defaults: PlaceSettings = { model, imageLimit, systemPrompt: BOT.persona, maxTokens: 32_000, historyMs: 1 };
  let version = 0;
  const policy = createPolicy({
    book: {
      get version() {
        return version;
      },
      of: (guildId) => {
        counted.looks += 1;
        const found = byGuild[guildId];
        return found && { server: {}, categories: {}, channels: {}, ...found };
      },
    },
    placeOf: (channelId) => {
      counted.places += 1;
      return channelId === 'thread' ? { channelId: 'channel', categoryId: 'category' } : undefined;
    },
    bot: BOT,
    defaults,
    maxOutputTokens: 64_000,
    openModel: (modelId): PolicyModel => {
      counted.opened.push(modelId);
      return { model: {} as PlaceSettings['model'], imageLimit, maxOutputTokens: 1_000 };
    },
    checksFor: (threshold, ofAnswers) => ({ ofAnswers, look: () => Promise.reject(new Error(String(threshold))) }),
    footerOf: (modelId, kind) => () => ({ modelName: `${modelId} ${kind}` }),
  });
  return { policy, defaults, counted, change: () => (version += 1) };
};

describe('the settings of a place', () => {
  it('are the environment\'s very own where nothing is decided, and nobody looks further', () => {
    const { policy, defaults, counted } = create({});
    for (const guildId of [GUILD, undefined]) {
      expect(policy.settingsFor({ guildId, conversationId: 'thread:7', asker: { id: '7', name: 'Ana' }, isShared: false })).toBe(defaults);
    }
    expect(counted).toEqual({ looks: 1, places: 0, opened: [] });
  });

  it('are worked out once for each place, until something is decided anew', () => {
    const { policy, counted, change } = create({ [GUILD]: { categories: { category: { model: 'theirs' } } } });
    const ask = () => policy.settingsFor({ guildId: GUILD, conversationId: 'thread:7', asker: { id: '7', name: 'Ana' }, isShared: false });
    const first = ask();
    expect(ask()).toBe(first);
    expect(counted.opened).toEqual(['theirs']);
    change();
    expect(ask()).not.toBe(first);
  });

  it('are a thread\'s channel\'s, and a place\'s that nobody knows its own', () => {
    const { policy, defaults } = create({ [GUILD]: { server: { errorStyle: 'quiet' }, categories: { category: { footer: 'cost' } }, channels: { channel: { persona: 'Here.' }, unknown: { persona: 'There.', maxAnswerTokens: 100_000 } } } });
    const at = (conversationId: string) => policy.settingsFor({ guildId: GUILD, conversationId, asker: { id: '7', name: 'Ana' }, isShared: true });
    expect(at('thread')).toMatchObject({ systemPrompt: 'Here.' });
    expect(at('thread').footer?.(undefined)).toEqual({ modelName: 'ours cost' });
    expect(at('unknown')).toMatchObject({ systemPrompt: 'There.', answerTokens: 64_000, model: defaults.model });
    expect(policy.valuesFor({ guildId: GUILD, conversationId: 'thread' })).toMatchObject({
      model: { value: 'ours', from: 'bot' },
      persona: { value: 'Here.', from: 'channel' },
      footer: { value: 'cost', from: 'category' },
      errorStyle: { value: 'quiet', from: 'server' },
    });
  });

  it('open no model where a place names the environment\'s, and bound an answer by the model that writes it', () => {
    const { policy, defaults, counted } = create({ [GUILD]: { server: { model: 'ours' }, channels: { other: { model: 'theirs', maxAnswerTokens: 5_000 } } } });
    const at = (conversationId: string) => policy.settingsFor({ guildId: GUILD, conversationId, asker: { id: '7', name: 'Ana' }, isShared: true });
    expect(at('anywhere').model).toBe(defaults.model);
    expect(counted.opened).toEqual([]);
    expect(at('other').answerTokens).toBe(1_000);
  });

  it('name a guardrail only where a place has one, or is to have none', () => {
    const arn = 'arn:aws:bedrock:us-east-1:123456789012:guardrail/abc123';
    const { policy } = create({ [GUILD]: { server: { footer: 'off' }, channels: { own: { guardrail: `${arn}:DRAFT` }, none: { guardrail: 'off' } } } });
    const at = (conversationId: string) => policy.settingsFor({ guildId: GUILD, conversationId, asker: { id: '7', name: 'Ana' }, isShared: true }).guardrail;
    expect([at('own'), at('none'), at('anywhere')]).toEqual([{ id: arn, version: 'DRAFT' }, 'off', undefined]);
  });
});
