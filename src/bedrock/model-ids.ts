import { isCommercial } from './service-address.ts';

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

/** The geographies whose inference profiles a region can call, its own first. */
export const geographiesOf = (region: string): readonly string[] => {
  const own = geographyOf(region);
  if (own === 'us-gov') return [own];
  if (region.startsWith('ca-')) return ['ca', 'us', 'global'];
  if (region.startsWith('ap-south-')) return ['in', 'apac', 'global'];
  if (region.startsWith('ap-')) return [...(own === 'global' ? [] : [own]), 'apac', 'global'];
  return own === 'global' ? [own] : [own, 'global'];
};

/** Current models, and the geographies that have an inference profile for them beside `global`. */
const CURRENT = {
  haiku: { id: 'anthropic.claude-haiku-5-5', geographies: ['us', 'eu', 'jp', 'au'] },
  sonnet: { id: 'anthropic.claude-sonnet-5-5', geographies: ['us', 'eu', 'au'] },
  opus: { id: 'anthropic.claude-opus-5-5', geographies: ['us', 'eu', 'jp', 'au'] },
  nova: { id: 'amazon.nova-2-lite-v1:0', geographies: ['us', 'eu', 'jp'] },
} as const;

/** @see https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/govcloud-bedrock.html */
const GOVCLOUD_DEFAULT = 'us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0';

const profileOf = (family: keyof typeof CURRENT, region: string): string | undefined => {
  // `global` profiles lead to regions of AWS's commercial partition, and are called from there.
  if (!isCommercial(region)) return undefined;
  const { id, geographies } = CURRENT[family];
  const geography = geographyOf(region);
  return `${(geographies as readonly string[]).includes(geography) ? geography : 'global'}.${id}`;
};

/** The model that is asked where the admin named none: the region's inference profile of a small, current model. Undefined where none is known. */
export const defaultModelId = (region: string): string | undefined =>
  region.startsWith('us-gov-') ? GOVCLOUD_DEFAULT : profileOf('haiku', region);

/** An inference profile's id: a geography, and the model in it. */
export const GEOGRAPHY = /^(us-gov|us|eu|apac|jp|au|ca|in|global)\.(.+)$/u;

/** The likeliest inference profile of a model that we do not know. */
export const likelyProfile = (baseId: string, region: string): string => `${geographyOf(region)}.${baseId}`;

/** What to use instead of a model that is gone; if we know. */
export const successorOf = (modelId: string, region: string): string | undefined => {
  if (/claude-(?:[\d-]+-)?(?:haiku|instant)/u.test(modelId)) return profileOf('haiku', region);
  if (/claude-(?:[\d-]+-)?opus/u.test(modelId)) return profileOf('opus', region);
  if (/claude-(?:[\d-]+-)?sonnet|claude-v\d/u.test(modelId)) return profileOf('sonnet', region);
  if (/amazon\.(?:titan|nova)/u.test(modelId)) return profileOf('nova', region);
  return undefined;
};
