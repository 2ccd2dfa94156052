import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createCatalogue } from '../../src/bedrock/catalogue.ts';
import { createControlPlane } from '../../src/bedrock/control-plane.ts';
import { createModelBook } from '../../src/bedrock/model-facts.ts';
import { TEST_KEY, startBedrockSimulator } from '../simulators/bedrock.ts';
import type { BedrockSimulator, InferenceProfileSummary } from '../simulators/bedrock.ts';

let bedrock: BedrockSimulator;
/** An address where nobody is any more. */
let gone: string;
beforeAll(async () => {
  bedrock = await startBedrockSimulator();
  const other = await startBedrockSimulator();
  gone = other.url;
  await other.close();
});
afterEach(() => {
  bedrock.reset();
  bedrock.denyListings(false);
});
afterAll(() => bedrock.close());

const { signal } = new AbortController();

const planeAt = (endpoint: string, apiKey = TEST_KEY) => createControlPlane({ apiKey: () => apiKey, region: 'us-east-1', endpoint });

const catalogue = (now?: () => number) =>
  createCatalogue({ controlPlane: planeAt(bedrock.url), book: createModelBook(), region: 'us-east-1', ...(now === undefined ? {} : { now }) });

describe('the control plane', () => {
  it('lists models and inference profiles with the same key', async () => {
    const models = await planeAt(bedrock.url).listModels(signal);
    expect(models.find(({ id }) => id === 'anthropic.claude-haiku-5-5')).toEqual({
      id: 'anthropic.claude-haiku-5-5',
      name: 'Claude Haiku 5.5',
      provider: 'Anthropic',
      isOnDemand: false,
      isLegacy: false,
    });
    const profiles = await planeAt(bedrock.url).listProfiles(signal);
    expect(profiles.find(({ id }) => id === 'us.anthropic.claude-haiku-5-5')).toMatchObject({ modelIds: ['anthropic.claude-haiku-5-5'] });
    expect(bedrock.otherRequests.every(({ headers }) => headers.authorization === `Bearer ${TEST_KEY}`)).toBe(true);
  });

  it('turns the pages, and calls the profiles of an application by their ARN', async () => {
    const arn = 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc';
    const inferenceProfiles = Array.from(
      { length: 1_500 },
      (_, index): InferenceProfileSummary => ({ inferenceProfileId: `p${index}`, inferenceProfileArn: arn, type: index === 1_400 ? 'APPLICATION' : 'SYSTEM_DEFINED' }),
    );
    const many = await startBedrockSimulator({ catalogue: { inferenceProfiles } });
    const profiles = await planeAt(many.url).listProfiles(signal);
    await many.close();
    expect(profiles).toHaveLength(1_500);
    expect(profiles[1_400]?.id).toBe(arn);
    expect(many.otherRequests).toHaveLength(2);
  });

  it.each([
    ['may not list', () => (bedrock.denyListings(), planeAt(bedrock.url)), 'model-access'],
    ['is refused', () => planeAt(bedrock.url, 'ABSKwrong'), 'key-refused'],
    ['finds nobody', () => planeAt(gone), 'network'],
  ])('tells when the key %s', async (_what, plane, kind) => {
    await expect(plane().listModels(signal)).rejects.toMatchObject({ name: 'Failure', kind });
  });
});

describe('the catalogue', () => {
  it('suggests what can be called in the region: profiles, and models that need none', async () => {
    const suggested = await catalogue().suggest('haiku 5', 25, signal);
    expect(suggested[0]).toEqual({ id: 'us.anthropic.claude-haiku-5-5', name: 'US Claude Haiku 5.5' });
    expect(suggested.map(({ id }) => id)).not.toContain('anthropic.claude-haiku-5-5');
    const begun = await catalogue().suggest('global.anthropic', 3, signal);
    expect(begun).toHaveLength(3);
    expect(begun.every(({ id }) => id.startsWith('global.anthropic'))).toBe(true);
    expect((await catalogue().suggest('nova micro', 25, signal)).map(({ id }) => id)).toContain('amazon.nova-micro-v1:0');
    expect(await catalogue().suggest('no such thing', 25, signal)).toEqual([]);
  });

  it('asks once for all who type, and anew after an hour', async () => {
    let time = 0;
    const here = catalogue(() => time);
    await Promise.all(['a', 'b', 'c'].map((typed) => here.suggest(typed, 25, signal)));
    await here.suggest('d', 25, signal);
    expect(bedrock.otherRequests).toHaveLength(2);
    time = 61 * 60_000;
    await here.suggest('e', 25, signal);
    expect(bedrock.otherRequests).toHaveLength(4);
  });

  it('suggests from our own file when the key may not list, and does not ask again soon', async () => {
    bedrock.denyListings();
    let time = 0;
    const here = catalogue(() => time);
    expect(await here.listing(signal)).toBeUndefined();
    expect(await here.suggest('haiku 5.5', 25, signal)).toContainEqual({ id: 'us.anthropic.claude-haiku-5-5', name: 'Claude Haiku 5.5' });
    const asked = bedrock.otherRequests.length;
    bedrock.denyListings(false);
    await here.suggest('haiku', 25, signal);
    expect(bedrock.otherRequests).toHaveLength(asked);
    time = 11 * 60_000;
    expect(await here.listing(signal)).toBeDefined();
  });
});
