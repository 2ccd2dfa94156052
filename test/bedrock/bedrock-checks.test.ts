import { describe, expect, it } from 'vitest';
import { createBedrockChecks } from '../../src/bedrock/bedrock-checks.ts';
import { createKeyKeeper } from '../../src/bedrock/key-keeper.ts';
import { createModelBook } from '../../src/bedrock/model-facts.ts';
import { TEST_KEY } from '../simulators/bedrock.ts';
import type { BedrockChecksOptions } from '../../src/bedrock/bedrock-checks.ts';
import type { Listing } from '../../src/bedrock/catalogue.ts';

const HAIKU = 'anthropic.claude-haiku-5-5';

/** What is said of the settings where Bedrock lists so much. */
const findings = async (check: string, options: Partial<BedrockChecksOptions>, listing: Partial<Listing> = {}) => {
  const { checks } = createBedrockChecks({
    keys: createKeyKeeper({ source: { origin: 'variable', read: () => TEST_KEY }, region: 'us-east-1', onNews: () => undefined }),
    catalogue: { listing: async () => ({ models: [], profiles: [], ...listing }), refusal: () => undefined, suggest: async () => [] },
    book: createModelBook(),
    region: 'us-east-1',
    modelId: `us.${HAIKU}`,
    maxTokens: 4_096,
    isStreaming: true,
    oneTokenModel: () => Promise.reject(new Error('nobody calls it here')),
    now: () => 0,
    isTimeKnown: () => true,
    contentChecks: { wanted: 'off', problem: () => Promise.reject(new Error('nobody tries it here')) },
    checkClock: async () => [],
    ...options,
  });
  return (await checks.find(({ id }) => id === check)?.run(new AbortController().signal)) ?? [];
};

const model = (id: string, traits: { readonly isOnDemand?: boolean; readonly isLegacy?: boolean } = {}) => ({ id, name: 'A model', provider: 'Somebody', isOnDemand: true, isLegacy: false, ...traits });
const profile = (id: string, ...modelIds: string[]) => ({ id, name: 'A profile', modelIds });

describe('a model by its list', () => {
  it('that needs a profile is cured by the one that suits the region, in whatever order they are listed', async () => {
    const models = [model(HAIKU, { isOnDemand: false })];
    const profiles = [profile(`global.${HAIKU}`, HAIKU), profile(`us.${HAIKU}`, HAIKU)];
    for (const listed of [profiles, profiles.toReversed()]) {
      expect(await findings('bedrock.model', { modelId: HAIKU }, { models, profiles: listed })).toMatchObject([{ state: 'bad', cure: `Set BEDROCK_MODEL_ID=us.${HAIKU}.` }]);
    }
  });

  it('that needs a profile is cured by whatever is offered where that does not suit, or by what is likely', async () => {
    const models = [model('maker.own', { isOnDemand: false })];
    expect(await findings('bedrock.model', { modelId: 'maker.own' }, { models, profiles: [profile('eu.maker.own', 'maker.own')] })).toMatchObject([{ cure: 'Set BEDROCK_MODEL_ID=eu.maker.own.' }]);
    expect(await findings('bedrock.model', { modelId: 'maker.own' }, { models })).toMatchObject([{ cure: 'Set BEDROCK_MODEL_ID=us.maker.own.' }]);
  });

  it('that is on its way out is named with what comes after it, if that is known', async () => {
    const old = 'anthropic.claude-3-5-haiku-20241022-v1:0';
    expect(await findings('bedrock.model', { modelId: old }, { models: [model(old, { isLegacy: true })] })).toMatchObject([{ state: 'warning', cure: `Set BEDROCK_MODEL_ID=us.${HAIKU}.` }]);
    expect(await findings('bedrock.model', { modelId: 'maker.old' }, { models: [model('maker.old', { isLegacy: true })] })).toMatchObject([{ state: 'warning', cure: undefined }]);
    const behind = await findings('bedrock.model', { modelId: `us.${old}` }, { models: [model(old, { isLegacy: true })], profiles: [profile(`us.${old}`, old)] });
    expect(behind).toMatchObject([{ state: 'warning' }]);
  });

  it('that is not listed is told, and cured only by what is', async () => {
    expect(await findings('bedrock.model', { modelId: 'maker.own' })).toMatchObject([{ state: 'warning', cure: expect.stringContaining('Choose one') as string }]);
    expect(await findings('bedrock.model', { modelId: `eu.${HAIKU}` }, { profiles: [profile(`us.${HAIKU}`, HAIKU)] })).toMatchObject([{ cure: `Set BEDROCK_MODEL_ID=us.${HAIKU}.` }]);
  });

  it('that is offered is good', async () => {
    expect(await findings('bedrock.model', {}, { profiles: [profile(`us.${HAIKU}`, HAIKU)] })).toMatchObject([{ state: 'good' }]);
  });
});

describe('the limits of a model', () => {
  it('are kept by an answer, which leaves a prompt its room', async () => {
    const known = createModelBook().find(`us.${HAIKU}`);
    if (known === undefined) throw new Error('it is not known');
    const { maxOutputTokens } = known;
    const states = async (maxTokens: number) => (await findings('bedrock.limits', { maxTokens })).map(({ state, cure }) => `${state} ${cure ?? ''}`.trim());
    expect(await states(1_000)).toEqual(['good']);
    expect(await states(maxOutputTokens)).toEqual(['good']);
    expect(await states(maxOutputTokens + 1)).toEqual([`warning Set BEDROCK_MAX_TOKENS=${maxOutputTokens} or lower.`]);
  });
});

describe('checks of content', () => {
  const found = async (region: string, wanted: string, problem?: string) => (await findings('bedrock.checks', { region, contentChecks: { wanted, problem: async () => problem } }))[0];

  it.each(['us-east-1', 'us-east-2', 'us-west-2', 'eu-west-2', 'eu-north-1', 'ap-northeast-1', 'ap-southeast-2'])('are to be had in %s', async (region) => {
    expect(await found(region, 'off')).toMatchObject({ state: 'good', says: expect.stringContaining(`can be checked in ${region}`) as string });
  });

  it('are not in other regions, which is no fault where nobody wants them', async () => {
    expect(await found('eu-central-1', 'off')).toMatchObject({ state: 'skipped', says: 'As far as I know, Bedrock checks no content in eu-central-1.', cure: expect.stringContaining('us-east-1, us-east-2') as string });
  });

  it('that are wanted are tried: they are good, or keep every question from being answered', async () => {
    expect(await found('us-east-1', 'input')).toEqual({ check: 'bedrock.checks', state: 'good', says: 'Each question is checked in us-east-1.' });
    expect(await found('us-east-1', 'input and output')).toMatchObject({ says: 'Each question is checked in us-east-1, and so is each answer.' });
    expect(await found('us-east-1', 'input', 'cannot be made: my key lacks the permission bedrock:InvokeGuardrailChecks')).toMatchObject({
      state: 'bad',
      says: 'No question is answered: BEDROCK_CHECKS wants each checked, and checks cannot be made: my key lacks the permission bedrock:InvokeGuardrailChecks.',
      cure: expect.stringContaining("Give the key's policy") as string,
    });
    expect(await found('eu-central-1', 'input', 'cannot be made: Bedrock takes none in eu-central-1')).toMatchObject({ state: 'bad', cure: expect.stringContaining('AWS_REGION') as string });
  });
});
