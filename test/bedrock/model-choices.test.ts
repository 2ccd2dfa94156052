import { describe, expect, it } from 'vitest';
import { createCatalogue } from '../../src/bedrock/catalogue.ts';
import { createModelChoices } from '../../src/bedrock/model-choices.ts';
import { createModelBook } from '../../src/bedrock/model-facts.ts';
import { Failure } from '../../src/conversation/failure.ts';

const book = createModelBook();
const HAIKU = 'us.anthropic.claude-haiku-5-5';

const choices = (listed: readonly string[] | undefined) => {
  const refuse = () => Promise.reject(new Failure('model-access', 'not yours to list'));
  const profiles = listed?.map((id) => ({ id, name: `Listed ${id}`, modelIds: [] }));
  const controlPlane = { listModels: profiles === undefined ? refuse : () => Promise.resolve([]), listProfiles: profiles === undefined ? refuse : () => Promise.resolve(profiles) };
  return createModelChoices({ catalogue: createCatalogue({ controlPlane, book, region: 'us-east-1' }), book, region: 'us-east-1', defaultId: 'the.default' });
};

describe('a model', () => {
  it('can be chosen where it is listed, known or not, and where it is the environment\'s or an ARN', async () => {
    const { problemWith } = choices([HAIKU, 'us.maker.unheard-of']);
    for (const id of [HAIKU, 'us.maker.unheard-of', 'the.default', 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123']) expect(await problemWith(id)).toBeUndefined();
    for (const id of ['us.amazon.nova-2-lite-v1:0', 'made.up', '', 'arn:nonsense']) expect(await problemWith(id)).toContain('is not among those');
    expect(await problemWith('anthropic.claude-haiku-5-5')).toContain(`perhaps you mean ${HAIKU}`);
  });

  it('can be chosen where we know it for the region, if the key may list nothing', async () => {
    const { problemWith } = choices(undefined);
    expect(await problemWith(HAIKU)).toBeUndefined();
    expect(await problemWith('eu.anthropic.claude-haiku-5-5')).toContain('is not among those');
  });

  it('comes first where it is known, with its price and context', async () => {
    const found = await choices(['us.maker.unheard-of', HAIKU]).suggest('', 25);
    expect(found.map(({ id }) => id)).toEqual([HAIKU, 'us.maker.unheard-of']);
    expect(found[0]?.detail).toMatch(/^\$[\d.]+ in, \$[\d.]+ out per million tokens · context \d+k$/u);
    expect(found[1]?.detail).toBe('price not known');
  });
});
