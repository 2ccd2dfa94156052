import { partition } from '@aws-sdk/core/client';
import { describe, expect, it } from 'vitest';
import { curlFor, isCommercial, serviceAddress } from '../../src/bedrock/service-address.ts';
import { defaultModelId, successorOf } from '../../src/bedrock/model-ids.ts';
import { ConfigError, readConfig } from '../../src/settings/config.ts';

const COMMERCIAL = ['us-east-1', 'us-west-2', 'eu-central-1', 'eu-south-2', 'ap-northeast-3', 'ap-southeast-7', 'sa-east-1', 'ca-west-1', 'me-central-1', 'af-south-1', 'il-central-1', 'mx-central-1'];
const OTHERS = ['us-gov-west-1', 'us-gov-east-1', 'cn-north-1', 'cn-northwest-1', 'eusc-de-east-1', 'us-iso-east-1', 'us-isob-east-1', 'eu-isoe-west-1', 'us-isof-south-1'];

describe("a region's address", () => {
  it.each([...COMMERCIAL, ...OTHERS])('of %s is what the SDK makes of it', async (region) => {
    expect(await serviceAddress('bedrock-runtime', region)).toBe(`https://bedrock-runtime.${region}.${partition(region).dnsSuffix}`);
    expect(isCommercial(region)).toBe(partition(region).name === 'aws');
  });

  it('has a domain of its own in China and in the European Sovereign Cloud, also in the call by hand', async () => {
    expect(await serviceAddress('bedrock', 'eusc-de-east-1')).toBe('https://bedrock.eusc-de-east-1.amazonaws.eu');
    expect(await curlFor({ region: 'cn-north-1', modelId: 'a.b' })).toContain("'https://bedrock-runtime.cn-north-1.amazonaws.com.cn/model/a.b/converse'");
  });
});

describe('the default model', () => {
  it.each([
    ['us-east-2', 'us.anthropic.claude-haiku-5-5'],
    ['eu-west-3', 'eu.anthropic.claude-haiku-5-5'],
    ['ap-northeast-1', 'jp.anthropic.claude-haiku-5-5'],
    ['sa-east-1', 'global.anthropic.claude-haiku-5-5'],
    ['il-central-1', 'global.anthropic.claude-haiku-5-5'],
    ['us-gov-west-1', 'us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0'],
  ])('of %s is one that is offered there', (region, modelId) => expect(defaultModelId(region)).toBe(modelId));

  it.each(['cn-north-1', 'eusc-de-east-1', 'us-iso-east-1'])('of %s is asked of the admin, for nobody knows it', (region) => {
    const secrets = { DISCORD_TOKEN: 'a.discord.token', AWS_BEARER_TOKEN_BEDROCK: 'ABSKsomething', AWS_REGION: region };
    expect(() => readConfig(secrets)).toThrow(ConfigError);
    expect(() => readConfig(secrets)).toThrow(`Parley knows of no model in ${region}`);
    expect(readConfig({ ...secrets, BEDROCK_MODEL_ID: 'amazon.nova-lite-v1:0' }).bedrock.settings.modelId).toBe('amazon.nova-lite-v1:0');
    expect(successorOf('anthropic.claude-3-5-haiku-20241022-v1:0', region)).toBeUndefined();
  });
});
