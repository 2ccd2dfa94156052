/**
 * The geography prefix of a region's inference profiles.
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html
 */
const geographyOf = (region: string): string => {
  if (region.startsWith('us-gov-')) return 'us-gov';
  if (region.startsWith('us-')) return 'us';
  if (region.startsWith('eu-')) return 'eu';
  if (region === 'ap-northeast-1' || region === 'ap-northeast-3') return 'jp';
  if (region === 'ap-southeast-2' || region === 'ap-southeast-4') return 'au';
  return 'global';
};

/** Current models, and the geographies that have an inference profile for them beside `global`. */
const CURRENT = {
  haiku: { id: 'anthropic.claude-haiku-5-5', geographies: ['us', 'eu', 'jp', 'au'] },
  sonnet: { id: 'anthropic.claude-sonnet-5-5', geographies: ['us', 'eu', 'au'] },
  opus: { id: 'anthropic.claude-opus-5-5', geographies: ['us', 'eu', 'jp', 'au'] },
  nova: { id: 'amazon.nova-2-lite-v1:0', geographies: ['us', 'eu', 'jp'] },
} as const;

const profileOf = (family: keyof typeof CURRENT, region: string): string => {
  const { id, geographies } = CURRENT[family];
  const geography = geographyOf(region);
  return `${(geographies as readonly string[]).includes(geography) ? geography : 'global'}.${id}`;
};

/** The model that is asked where the admin named none: the region's inference profile of a small, current model. */
export const defaultModelId = (region: string): string => profileOf('haiku', region);

const PREFIX = /^(?:us-gov|us|eu|apac|jp|au|ca|in|global)\./u;

/** What to use instead of a model that is gone, or that is reached only through an inference profile; if we know. */
export const successorOf = (modelId: string, region: string, isOnlyProfileMissing = false): string | undefined => {
  if (isOnlyProfileMissing && !PREFIX.test(modelId) && !modelId.startsWith('arn:')) {
    return `${geographyOf(region)}.${modelId}`;
  }
  if (/claude-(?:[\d-]+-)?(?:haiku|instant)/u.test(modelId)) return profileOf('haiku', region);
  if (/claude-(?:[\d-]+-)?opus/u.test(modelId)) return profileOf('opus', region);
  if (/claude-(?:[\d-]+-)?sonnet|claude-v\d/u.test(modelId)) return profileOf('sonnet', region);
  if (/amazon\.(?:titan|nova)/u.test(modelId)) return profileOf('nova', region);
  return undefined;
};
