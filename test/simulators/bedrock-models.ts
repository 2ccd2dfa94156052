// From the id in a request to the model that answers it.
// https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html
import { bedrockErrors, Refusal, refuse } from './bedrock-errors.ts';
import { models, plain } from './bedrock-model-list.ts';
import type { Geography, ModelTraits } from './bedrock-model-list.ts';

export type { Geography, ModelTraits } from './bedrock-model-list.ts';

export type ModelOverrides = Readonly<Record<string, Partial<ModelTraits>>>;

export type ResolvedModel = ModelTraits & { readonly modelId: string; readonly baseId: string };

const PROFILE = /^(us-gov|us|eu|apac|jp|au|ca|in|global)\.(.+)$/;
const ARN = /^arn:aws[a-z-]*:bedrock:([a-z0-9-]*):\d*:([a-z-]+)\/(.+)$/;

/** https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html */
export function geographiesOf(region: string): readonly Geography[] {
  if (region.startsWith('us-gov-')) return ['us-gov'];
  if (region.startsWith('us-')) return ['us', 'global'];
  if (region.startsWith('ca-')) return ['ca', 'us', 'global'];
  if (region.startsWith('eu-')) return ['eu', 'global'];
  if (/^ap-northeast-[13]$/.test(region)) return ['jp', 'apac', 'global'];
  if (/^ap-southeast-[24]$/.test(region)) return ['au', 'apac', 'global'];
  if (region.startsWith('ap-south-')) return ['in', 'apac', 'global'];
  if (region.startsWith('ap-')) return ['apac', 'global'];
  return ['global'];
}

export class ModelTable {
  readonly region: string;
  /** `false`: models that AWS has switched off still answer. */
  retirement = true;
  readonly #overrides = new Map<string, Partial<ModelTraits>>();

  constructor(region: string, overrides: ModelOverrides = {}) {
    this.region = region;
    for (const [id, traits] of Object.entries(overrides)) this.override(id, traits);
  }

  /** `id` is a base id, or exactly what a request sends: a profile id or an ARN. */
  override(id: string, traits: Partial<ModelTraits>): void {
    this.#overrides.set(id, { ...this.#overrides.get(id), ...traits });
  }

  entries(): [string, ModelTraits][] {
    const added = [...this.#overrides.keys()].filter((id) => !PROFILE.test(id) && !ARN.test(id));
    const ids = new Set([...Object.keys(models), ...added]);
    return [...ids].map((id) => [id, { ...plain, ...models[id], ...this.#overrides.get(id) }]);
  }

  /** Finds the model as Bedrock would, or throws what Bedrock would say. */
  resolve(modelId: string): ResolvedModel {
    const model = this.#find(modelId);
    if (model.retired && this.retirement) throw new Refusal(bedrockErrors.endOfLife());
    if (model.legacy) throw new Refusal(bedrockErrors.legacy());
    if (!model.converse) {
      refuse("This action doesn't support the model that you provided. Try again with a supported text or chat model.");
    }
    return model;
  }

  #find(modelId: string): ResolvedModel {
    const shortId = this.#withoutArn(modelId);
    const [, geography, rest] = PROFILE.exec(shortId) ?? [];
    const baseId = rest ?? shortId;
    const exact = this.#overrides.get(modelId) ?? this.#overrides.get(shortId);
    const known = models[baseId] ?? this.#overrides.get(baseId) ?? exact;
    if (known === undefined) throw new Refusal(bedrockErrors.invalidModel());
    const model = { ...plain, ...models[baseId], ...this.#overrides.get(baseId), ...exact, modelId, baseId };
    if (geography !== undefined) this.#checkProfile(model, geography as Geography);
    else if (!model.onDemand) throw new Refusal(bedrockErrors.onDemand(modelId));
    return model;
  }

  #withoutArn(modelId: string): string {
    const [, region, kind, id] = ARN.exec(modelId) ?? [];
    if (id === undefined) return modelId;
    if (region !== '' && region !== this.region) throw new Refusal(bedrockErrors.invalidModel());
    return kind === 'foundation-model' || kind === 'inference-profile' ? id : modelId;
  }

  #checkProfile(model: ResolvedModel, geography: Geography): void {
    const offered = model.geographies.includes(geography) && geographiesOf(this.region).includes(geography);
    if (!offered) throw new Refusal(bedrockErrors.invalidModel());
  }
}
