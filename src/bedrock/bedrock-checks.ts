import { HOW_TO_REPLACE, NEW_KEY, cureOf, shortened, troubleText } from './trouble-text.ts';
import { CHECKS_CURE, NO_CHECKS_CURE, areChecksOffered } from './checks-offered.ts';
import { modelInstead } from './model-facts.ts';
import { toFailure } from './to-failure.ts';
import type { Check, CheckGroup, Finding } from '../operations/finding.ts';
import type { LanguageModel } from '../conversation/ports.ts';
import type { Prompt } from '../conversation/prompt.ts';
import type { Catalogue, Listing } from './catalogue.ts';
import type { KeyKeeper, KeyState } from './key-keeper.ts';
import type { ModelBook } from './model-facts.ts';
import type { OpenedContentChecks } from './open-content-checks.ts';

export interface BedrockChecksOptions {
  readonly keys: KeyKeeper;
  readonly catalogue: Catalogue;
  readonly book: ModelBook;
  readonly region: string;
  readonly modelId: string;
  readonly maxTokens: number;
  readonly isStreaming: boolean;
  /** The model with an answer of one token, by ConverseStream or by Converse. */
  readonly oneTokenModel: (isStreaming: boolean) => Promise<LanguageModel>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Whether somebody has confirmed what `now` says. */
  readonly isTimeKnown: () => boolean;
  /** What is looked at in each question, and why nothing could be. */
  readonly contentChecks: { readonly wanted: string; readonly problem: OpenedContentChecks['problem'] };
  /** What is to be said of this machine's clock. */
  readonly checkClock: (check: string) => Promise<readonly Finding[]>;
}

const HELLO: Prompt = { system: [], turns: [{ role: 'user', content: [{ text: 'Hello' }] }] };
const HOUR_MS = 3_600_000;
const WHERE_FROM: Readonly<Record<KeyState['origin'], string>> = { variable: '', file: ', from a file', command: ', from a command' };

/** How long the doctor waits for a command, in milliseconds; a start waits on beside its other work. */
const PATIENCE_MS = 20_000;

const withinPatience = async (work: Promise<void>): Promise<void> => {
  const { promise: tooLong, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`it is still running after ${PATIENCE_MS / 1_000} s`)), PATIENCE_MS);
  try {
    await Promise.race([work, tooLong]);
  } finally {
    clearTimeout(timer);
  }
};

const one = (check: string, state: Finding['state'], says: string, cure?: string): readonly Finding[] => [{ check, state, says, cure }];

/** `2 h 5 min`. */
const duration = (ms: number): string => {
  const minutes = Math.max(0, Math.floor(ms / 60_000));
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
};

const callableIds = ({ models, profiles }: Listing): ReadonlySet<string> =>
  new Set([...profiles.map(({ id }) => id), ...models.filter(({ isOnDemand }) => isOnDemand).map(({ id }) => id)]);

/** Looks at Bedrock's side: first what the key and the settings say of themselves, then what Bedrock says to one token. */
export const createBedrockChecks = (options: BedrockChecksOptions): CheckGroup => {
  const { keys, catalogue, book, region, modelId, maxTokens, isStreaming, oneTokenModel, contentChecks, now, isTimeKnown, checkClock } = options;

  /** What keeps a call from being worth a try, and has been told. */
  let hindrance: string | undefined;
  /** What is said of a list that did not come, where nothing but that is wrong. */
  let unlisted: readonly Finding[] = [];

  const checkKey = async (signal: AbortSignal): Promise<readonly Finding[]> => {
    const check = 'bedrock.key';
    hindrance = undefined;
    if (keys.read() === '') {
      try {
        await withinPatience(keys.start());
      } catch (error) {
        hindrance = 'there is no key to call it with';
        return one(check, 'bad', `AWS_BEARER_TOKEN_BEDROCK_COMMAND gave no key: ${error instanceof Error ? error.message : 'unknown reason'}.`, HOW_TO_REPLACE.command);
      }
    }
    if (keys.read() === '') hindrance = 'there is no key for this region';
    if (keys.read() === '') return one(check, 'bad', `The key is for another region than ${region}.`, 'Set AWS_REGION to the region of the key, or make one in this region.');
    // Whoever answers says what time it is.
    if (keys.state().expiresAt !== undefined && !isTimeKnown()) await catalogue.listing(signal);
    const { kind, origin, expiresAt, isExpired } = keys.state();
    if (isExpired) {
      hindrance = 'the key has expired';
      const since = expiresAt === undefined || expiresAt > now() ? '' : ` ${duration(now() - expiresAt)} ago`;
      return one(check, 'bad', `The ${kind === 'unknown' ? '' : `${kind} `}key ${since === '' ? 'has expired' : `expired${since}`}.`, HOW_TO_REPLACE[origin]);
    }
    if (kind === 'unknown') {
      return one(check, 'warning', `The key has no form that Bedrock API keys have${WHERE_FROM[origin]}.`, `Unless Bedrock takes it below: ${NEW_KEY}.`);
    }
    if (expiresAt === undefined) return one(check, 'good', `It is a ${kind} key${WHERE_FROM[origin]}; the AWS console shows when it expires.`);
    const left = expiresAt - now();
    if (left <= 0) return one(check, 'warning', `By its date the key expired ${duration(-left)} ago, but that is for Bedrock to say: see the call below.`, HOW_TO_REPLACE[origin]);
    const says = `It is a short-term key for ${region}${WHERE_FROM[origin]}, good for ${duration(left)} at most.`;
    return left < HOUR_MS && origin !== 'command' ? one(check, 'warning', says, HOW_TO_REPLACE[origin]) : one(check, 'good', says);
  };

  /** What the configured id lacks, by Bedrock's own list. */
  const checkListed = ({ models, profiles }: Listing): readonly Finding[] => {
    const check = 'bedrock.model';
    const model = models.find(({ id }) => id === modelId || modelId.endsWith(`/${id}`));
    const profile = profiles.find(({ id }) => id === modelId || modelId.endsWith(`/${id}`));
    const name = book.find(modelId)?.name ?? profile?.name ?? model?.name;
    const named = name === undefined || name === '' ? modelId : `${modelId} (${name})`;
    const behind = models.find(({ id }) => profile?.modelIds.includes(id) === true) ?? model;
    if (profile === undefined && model !== undefined && !model.isOnDemand) {
      const offered = profiles.filter(({ modelIds }) => modelIds.includes(model.id)).map(({ id }) => id);
      const known = modelInstead('model-needs-profile', model.id, region, book);
      const best = known !== undefined && offered.includes(known) ? known : (offered[0] ?? known);
      hindrance = 'it needs an inference profile';
      return one(check, 'bad', `${named} can only be called through an inference profile.`, best === undefined ? undefined : `Set BEDROCK_MODEL_ID=${best}.`);
    }
    if (profile === undefined && model === undefined) {
      const instead = modelInstead('model-unknown', modelId, region, book);
      const isOffered = instead !== undefined && callableIds({ models, profiles }).has(instead);
      const cure = isOffered ? `Set BEDROCK_MODEL_ID=${instead}.` : 'Choose one from the list of models in the Amazon Bedrock console.';
      return one(check, 'warning', `Bedrock does not list ${modelId} in ${region}.`, cure);
    }
    if (behind?.isLegacy === true) {
      const instead = modelInstead('model-retired', modelId, region, book);
      return one(check, 'warning', `${named} is a legacy model, which Bedrock will switch off.`, instead === undefined ? undefined : `Set BEDROCK_MODEL_ID=${instead}.`);
    }
    return one(check, 'good', `${named} is offered in ${region}.`);
  };

  const checkModel = async (signal: AbortSignal): Promise<readonly Finding[]> => {
    const check = 'bedrock.model';
    unlisted = [];
    if (hindrance !== undefined) return [];
    if (/:application-inference-profile\//u.test(modelId)) return one(check, 'skipped', 'An application inference profile is not looked up.');
    const listing = await catalogue.listing(signal);
    if (listing !== undefined) return checkListed(listing);
    const refusal = catalogue.refusal();
    if (refusal?.kind === 'model-access') {
      return one(check, 'skipped', 'The key may not read the list of models, and need not: whether the model can be called is seen below.');
    }
    // Where the call fails too, it fails for the same reason.
    unlisted = one(check, 'skipped', `Bedrock gave no list of models (${shortened(refusal?.message ?? 'unknown reason')}), but the model can be called.`);
    return [];
  };

  const checkLimits = (): readonly Finding[] => {
    const check = 'bedrock.limits';
    const known = book.find(modelId);
    if (known === undefined) return one(check, 'skipped', 'The limits of the model are not known.', 'They can be set in BEDROCK_MODELS_FILE.');
    const { name, maxOutputTokens, contextTokens } = known;
    const findings = [
      ...(maxTokens > maxOutputTokens
        ? one(check, 'warning', `BEDROCK_MAX_TOKENS is ${maxTokens}, but ${name} answers with ${maxOutputTokens} tokens at most.`, `Set BEDROCK_MAX_TOKENS=${maxOutputTokens} or lower.`)
        : []),
      ...(maxTokens * 2 > contextTokens
        ? one(check, 'warning', `BEDROCK_MAX_TOKENS leaves a conversation little of the ${contextTokens} tokens that ${name} takes.`, 'Lower BEDROCK_MAX_TOKENS.')
        : []),
    ];
    return findings.length > 0 ? findings : one(check, 'good', `An answer may be ${maxTokens} tokens long; ${name} writes up to ${maxOutputTokens}.`);
  };

  let isAccessible = false;

  const call = async (check: string, streams: boolean, signal: AbortSignal): Promise<readonly Finding[]> => {
    const startedAt = performance.now();
    try {
      const model = await oneTokenModel(streams);
      for await (const event of model.converse(HELLO, signal)) {
        if (event.type !== 'end') continue;
        isAccessible = true;
        const took = Math.round(performance.now() - startedAt);
        const latency = event.latencyMs === undefined ? '' : `, ${event.latencyMs} ms of them at Bedrock`;
        const calledAt = one(check, 'good', `${streams ? 'A streamed call of one token' : 'A call of one token'} took ${took} ms${latency}.`);
        return streams ? calledAt : [...calledAt, ...unlisted];
      }
      return one(check, 'bad', 'The model ended without an end.', 'Try again.');
    } catch (error) {
      const failure = toFailure(error, { modelId, region, hasBegun: false });
      return one(check, 'bad', troubleText(failure, modelId, region), cureOf(failure, keys.state().origin));
    }
  };

  const streamCheck: Check = {
    id: 'bedrock.stream',
    about: 'streamed answers',
    isForAdmins: true,
    run: async (signal) => (isAccessible ? call('bedrock.stream', true, signal) : []),
  };

  /** Where they are off, they are not tried: each is paid for. */
  const checkContent = async (): Promise<readonly Finding[]> => {
    const check = 'bedrock.checks';
    if (contentChecks.wanted === 'off') {
      return areChecksOffered(region)
        ? one(check, 'good', `What is asked and answered can be checked in ${region}; BEDROCK_CHECKS is off, so it is only where /settings has it on.`)
        : one(check, 'skipped', `As far as I know, Bedrock checks no content in ${region}.`, NO_CHECKS_CURE);
    }
    if (hindrance !== undefined) return one(check, 'skipped', `Checks of content are not tried, because ${hindrance}.`);
    const problem = await contentChecks.problem();
    if (problem === undefined) return one(check, 'good', `Each question is checked in ${region}${contentChecks.wanted === 'input' ? '' : ', and so is each answer'}.`);
    return one(check, 'bad', `No question is answered: BEDROCK_CHECKS wants each checked, and checks ${problem}.`, /lacks/u.test(problem) ? CHECKS_CURE : NO_CHECKS_CURE);
  };

  return {
    id: 'bedrock',
    title: 'Amazon Bedrock',
    checks: [
      { id: 'bedrock.key', about: 'the API key', isForAdmins: true, run: checkKey },
      { id: 'bedrock.model', about: "Bedrock's list of models", isForAdmins: true, run: checkModel },
      { id: 'bedrock.limits', about: 'the limits of the model', isForAdmins: true, run: () => Promise.resolve(checkLimits()) },
      {
        id: 'bedrock.access',
        about: 'a call of one token',
        isForAdmins: true,
        run: (signal) => {
          isAccessible = false;
          if (hindrance !== undefined) return Promise.resolve(one('bedrock.access', 'skipped', `The model is not called, because ${hindrance}.`));
          return call('bedrock.access', false, signal);
        },
      },
      ...(isStreaming ? [streamCheck] : []),
      { id: 'bedrock.checks', about: 'checks of content', isForAdmins: true, run: checkContent },
      { id: 'bedrock.clock', about: "this machine's clock", isForAdmins: false, run: () => checkClock('bedrock.clock') },
    ],
  };
};
