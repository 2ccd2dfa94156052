// The three listings of the control plane that the same key may read.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ListFoundationModels.html
import { bedrockErrors, Refusal, refuse } from './bedrock-errors.ts';
import { geographiesOf } from './bedrock-models.ts';
import type { ModelTable, ModelTraits } from './bedrock-models.ts';
import type { JsonObject } from './bedrock-types.ts';

const ACCOUNT = '123456789012';
const SINCE = '2026-01-01T00:00:00Z';

export type FoundationModelSummary = JsonObject & {
  readonly modelArn: string;
  readonly modelId: string;
  readonly providerName?: string;
  readonly outputModalities?: readonly string[];
  readonly inferenceTypesSupported?: readonly string[];
};

export type InferenceProfileSummary = JsonObject & {
  readonly inferenceProfileId: string;
  readonly type: 'SYSTEM_DEFINED' | 'APPLICATION';
};

export type Catalogue = {
  readonly foundationModels?: readonly FoundationModelSummary[];
  readonly inferenceProfiles?: readonly InferenceProfileSummary[];
};

export class Listings {
  readonly #table: ModelTable;
  readonly #catalogue: Catalogue;

  constructor(table: ModelTable, catalogue: Catalogue = {}) {
    this.#table = table;
    this.#catalogue = catalogue;
  }

  /** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ListFoundationModels.html: not paginated. */
  foundationModels(query: URLSearchParams): JsonObject {
    const all = this.#catalogue.foundationModels ?? this.#offered().map(([id, traits]) => this.#summary(id, traits));
    const wanted = (name: string, found: readonly string[] = []): boolean => {
      const value = query.get(name);
      return value === null || found.includes(value);
    };
    return {
      modelSummaries: all.filter(
        (model) =>
          wanted('byOutputModality', model.outputModalities) &&
          wanted('byInferenceType', model.inferenceTypesSupported) &&
          (query.get('byProvider') ?? model.providerName?.toLowerCase()) === model.providerName?.toLowerCase(),
      ),
    };
  }

  /** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ListInferenceProfiles.html */
  inferenceProfiles(query: URLSearchParams): JsonObject {
    const type = query.get('type');
    const limit = Number(query.get('maxResults') ?? 1000);
    const start = Number(query.get('nextToken') ?? 0);
    if (!Number.isInteger(limit) || limit < 1 || limit > 1000) {
      const rule = 'Member must have value less than or equal to 1000';
      refuse(`1 validation error detected: Value '${limit}' at 'maxResults' failed to satisfy constraint: ${rule}`);
    }
    const known = this.#catalogue.inferenceProfiles ?? this.#profiles();
    const all = known.filter((profile) => type === null || profile.type === type);
    const page = all.slice(start, start + limit);
    const next = start + page.length;
    return { inferenceProfileSummaries: page, ...(next < all.length && { nextToken: String(next) }) };
  }

  /** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_GetFoundationModelAvailability.html */
  availability(modelId: string): JsonObject {
    if (!this.#offered().some(([id]) => id === modelId)) throw new Refusal(bedrockErrors.invalidModel());
    return {
      modelId,
      agreementAvailability: { status: 'AVAILABLE' },
      authorizationStatus: 'AUTHORIZED',
      entitlementAvailability: 'AVAILABLE',
      regionAvailability: 'AVAILABLE',
    };
  }

  #offered(): [string, ModelTraits][] {
    return this.#table.entries().filter(([, traits]) => !traits.retired || !this.#table.retirement);
  }

  #arn(modelId: string, region = this.#table.region): string {
    return `arn:aws:bedrock:${region}::foundation-model/${modelId}`;
  }

  #summary(modelId: string, traits: ModelTraits): FoundationModelSummary {
    return {
      modelArn: this.#arn(modelId),
      modelId,
      modelName: traits.title,
      providerName: traits.provider,
      inputModalities: traits.images ? ['TEXT', 'IMAGE'] : ['TEXT'],
      outputModalities: [traits.converse ? 'TEXT' : 'EMBEDDING'],
      responseStreamingSupported: traits.streaming,
      customizationsSupported: [],
      inferenceTypesSupported: [
        ...(traits.onDemand ? ['ON_DEMAND'] : []),
        ...(traits.geographies.length > 0 ? ['INFERENCE_PROFILE'] : []),
      ],
      modelLifecycle: { status: traits.legacy ? 'LEGACY' : 'ACTIVE', startOfLifeTime: SINCE },
    };
  }

  #profiles(): InferenceProfileSummary[] {
    const here = geographiesOf(this.#table.region);
    return this.#offered().flatMap(([modelId, { title, geographies }]) =>
      geographies
        .filter((geography) => here.includes(geography))
        .map((geography) => ({
          inferenceProfileId: `${geography}.${modelId}`,
          inferenceProfileName: `${geography === 'global' ? 'Global' : geography.toUpperCase()} ${title}`,
          inferenceProfileArn: `arn:aws:bedrock:${this.#table.region}:${ACCOUNT}:inference-profile/${geography}.${modelId}`,
          description: `Routes requests to ${title}.`,
          models: [{ modelArn: this.#arn(modelId, geography === 'global' ? '' : this.#table.region) }],
          status: 'ACTIVE',
          type: 'SYSTEM_DEFINED' as const,
          createdAt: SINCE,
          updatedAt: SINCE,
        })),
    );
  }
}
