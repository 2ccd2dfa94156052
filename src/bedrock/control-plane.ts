import { Failure } from '../conversation/failure.ts';
import { fieldsOf, listOf, textOf } from './plausible.ts';
import { serviceAddress } from './service-address.ts';
import { toFailure } from './to-failure.ts';
import { wireRefusal } from './wire-refusal.ts';
import type { Fields } from './plausible.ts';

/** A model of the region, as Bedrock lists it. */
export interface ListedModel {
  readonly id: string;
  readonly name: string;
  readonly provider: string;
  /** Whether the bare id can be called, without an inference profile. */
  readonly isOnDemand: boolean;
  readonly isLegacy: boolean;
}

export interface ListedProfile {
  readonly id: string;
  readonly name: string;
  /** Base ids of the models that it leads to. */
  readonly modelIds: readonly string[];
}

/** What the control plane says of models. Both reject with a {@link Failure}. */
export interface ControlPlane {
  listModels(signal: AbortSignal): Promise<readonly ListedModel[]>;
  listProfiles(signal: AbortSignal): Promise<readonly ListedProfile[]>;
}

export interface ControlPlaneOptions {
  /** The key as it is now. */
  readonly apiKey: () => string;
  readonly region: string;
  /** Instead of the region's own address. */
  readonly endpoint?: string | undefined;
  /** Hears the `Date` header of each answer, and when its request was sent, by the clock that only goes forward. */
  readonly onDate?: ((date: string | null, sentAt: number) => void) | undefined;
  /** Milliseconds that only go forward. */
  readonly monotonicNow?: () => number;
}

/** Milliseconds that one request may take. */
const REQUEST_TIMEOUT_MS = 10_000;
const PAGE_SIZE = '1000';
/** Far more than there are; a service that pages in a circle ends here. */
const MAX_PAGES = 20;

const modelOf = (value: unknown): ListedModel => {
  const model = fieldsOf(value);
  return {
    id: textOf(model['modelId']),
    name: textOf(model['modelName']),
    provider: textOf(model['providerName']),
    isOnDemand: listOf(model['inferenceTypesSupported']).includes('ON_DEMAND'),
    isLegacy: fieldsOf(model['modelLifecycle'])['status'] === 'LEGACY',
  };
};

const profileOf = (value: unknown): ListedProfile => {
  const profile = fieldsOf(value);
  const modelIds = listOf(profile['models']).map((model) => textOf(fieldsOf(model)['modelArn']).split('/').at(-1) ?? '');
  return {
    // An application's own profile is called by its ARN.
    id: textOf(profile['type'] === 'APPLICATION' ? profile['inferenceProfileArn'] : profile['inferenceProfileId']),
    name: textOf(profile['inferenceProfileName']),
    modelIds: [...new Set(modelIds)].filter((id) => id !== ''),
  };
};

/**
 * Bedrock's listings, with the same key: two plain requests, which need no SDK of their own.
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_ListInferenceProfiles.html
 */
export const createControlPlane = ({ apiKey, region, endpoint, onDate, monotonicNow = () => performance.now() }: ControlPlaneOptions): ControlPlane => {
  const get = async (path: string, query: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Fields> => {
    try {
      const address = endpoint ?? (await serviceAddress('bedrock', region));
      const sentAt = monotonicNow();
      const response = await fetch(`${address}${path}?${new URLSearchParams(query)}`, {
        headers: { accept: 'application/json', authorization: `Bearer ${apiKey()}` },
        redirect: 'error',
        signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
      });
      onDate?.(response.headers.get('date'), sentAt);
      if (!response.ok) throw wireRefusal({ status: response.status, header: (name) => response.headers.get(name) ?? undefined, body: await response.text() });
      return fieldsOf(await response.json());
    } catch (error) {
      // A listing names no model, so neither does its failure.
      const { kind, message } = toFailure(error, { modelId: '', region, hasBegun: false });
      throw new Failure(kind, message, { cause: error });
    }
  };
  return {
    listModels: async (signal) => {
      const { modelSummaries } = await get('/foundation-models', { byOutputModality: 'TEXT' }, signal);
      return listOf(modelSummaries).map(modelOf).filter(({ id }) => id !== '');
    },
    listProfiles: async (signal) => {
      const profiles: ListedProfile[] = [];
      let nextToken = '';
      for (let page = 0; page < MAX_PAGES; page += 1) {
        const found = await get('/inference-profiles', { maxResults: PAGE_SIZE, ...(nextToken === '' ? {} : { nextToken }) }, signal);
        profiles.push(...listOf(found['inferenceProfileSummaries']).map(profileOf));
        nextToken = textOf(found['nextToken']);
        if (nextToken === '') break;
      }
      return profiles.filter(({ id }) => id !== '');
    },
  };
};
