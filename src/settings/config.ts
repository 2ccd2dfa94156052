import { readSecretFile } from './secret-file.ts';
import { z } from 'zod';
import { createModelBook, defaultMaxTokens } from '../bedrock/model-facts.ts';
import { HTTP_SETTINGS, readHttpAddress } from './http-address.ts';
import { defaultModelId } from '../bedrock/model-ids.ts';
import { SCOPES } from '../conversation/scope.ts';
import { THREADS } from '../conversation/threading.ts';
import { readModelsFile } from './models-file.ts';
import { findProxy } from './proxy.ts';
import { problemWithLimits } from '../policy/limit-lines.ts';
import { redact } from '../log/redact.ts';
import { blankIsUnset, readKeySource, readSecret } from './secret-settings.ts';
import { STORE_KEY_SETTINGS, readStoreKeys } from './store-keys.ts';
import { mayHoldSecret, secretsInSettings } from './settings-secrets.ts';
import { whyUnreadable } from './why-unreadable.ts';
import type { Json } from '../bedrock/to-converse-input.ts';
import type { Environment } from './secret-settings.ts';

const DEFAULT_SYSTEM_PROMPT =
  'You are Parley, an assistant on Discord. Answer in the language of the question, as briefly as it allows, and use ' +
  "Discord's markdown. Say so when you do not know something.";

/** Exit code for bad settings, after sysexits.h: starting again will not help. */
export const EXIT_BAD_SETTINGS = 78;

/** @param where the settings are to be fixed in */
export const problemsText = (problems: readonly string[], where?: string): string => {
  const count = problems.length === 1 ? '1 setting' : `${problems.length} settings`;
  return `Parley cannot start. Fix ${count}${where === undefined ? '' : ` in ${where}`}:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`;
};

/** All that is wrong with the settings, one line each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problemsText(problems));
    this.problems = problems;
  }
}

const text = <Schema extends z.ZodType>(schema: Schema) => z.preprocess(blankIsUnset, schema);

const integer = (min: number, max: number, fallback: number) => {
  const error = `must be a whole number from ${min} to ${max}`;
  return text(z.coerce.number({ error }).int({ error }).min(min, { error }).max(max, { error }).default(fallback));
};

const optionalInteger = (min: number, max: number, leftOut = 'for no limit') => {
  const error = `must be a whole number from ${min} to ${max}; leave it out ${leftOut}`;
  return text(z.coerce.number({ error }).int({ error }).min(min, { error }).max(max, { error }).optional());
};

const seconds = (max: number, fallback: number) => {
  const error = `must be a number of seconds from 0 to ${max}`;
  return text(z.coerce.number({ error }).min(0, { error }).max(max, { error }).default(fallback));
};

const share = () => {
  const error = 'must be a number from 0 to 1; leave it out to send none';
  return text(z.coerce.number({ error }).min(0, { error }).max(1, { error }).optional());
};

const flag = (fallback: boolean) =>
  text(
    z
      .enum(['true', 'false'], { error: 'must be true or false' })
      .default(fallback ? 'true' : 'false')
      .transform((value) => value === 'true'),
  );

const dollars = () =>
  text(
    z
      .string()
      .regex(/^\$?\d{1,6}(?:\.\d{1,6})?$/u, { error: 'must be an amount of US dollars, for example 0.50' })
      .transform((value) => Number(value.replace('$', '')))
      .optional(),
  );

const choice = <const Values extends readonly [string, ...string[]]>(values: Values) =>
  z.enum(values, { error: `must be one of ${values.join(', ')}` });

const address = () =>
  text(
    z
      .string()
      .refine((value) => /^https?:$/u.test(URL.parse(value)?.protocol ?? ''), { error: 'must be an address that begins with http:// or https://' })
      .transform((value) => value.replace(/\/+$/u, ''))
      .optional(),
  );

const jsonObject = () =>
  text(
    z
      .string()
      .transform((value, context): { [key: string]: Json } => {
        try {
          const parsed: unknown = JSON.parse(value);
          if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as { [key: string]: Json };
        } catch {
          // Told below, without the value.
        }
        context.addIssue({ code: 'custom', message: 'must be a JSON object, for example {"thinking":{"type":"disabled"}}' });
        return z.NEVER;
      })
      .optional(),
  );

const REGION = /^[a-z]{2,4}(?:-[a-z]+){1,3}-\d{1,2}$/u;
/** @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#API_runtime_Converse_RequestSyntax */
const MODEL_ID = /^[\w.:/-]{1,2048}$/u;
const GUARDRAIL_ID = /^(?:[a-z0-9]+|arn:aws[\w-]*:bedrock:[\w-]+:\d{12}:guardrail\/[a-z0-9]+)$/u;

const storeUrl = () =>
  text(
    z
      .string()
      .refine((value) => /^(?:sqlite:\/\/.+|postgres(?:ql)?:\/\/.+|memory:\/\/)$/u.test(value), {
        error: 'must be sqlite://path/to/file.sqlite, postgres://user:password@host/database or memory://',
      })
      .default('sqlite://data/parley.sqlite'),
  );

const ids = (of: string) =>
  text(
    z
      .string()
      .regex(/^\s*\d{15,20}(?:[\s,]+\d{15,20})*\s*$/u, { error: `must be ids of ${of}, with commas in between` })
      .transform((value) => value.trim().split(/[\s,]+/u))
      .optional(),
  );

/** @see https://discord.com/developers/docs/events/gateway#sharding */
const shardCount = () => {
  const error = 'must be a whole number from 1 to 1000; leave it out for as many as Discord recommends';
  return text(z.union([z.literal('auto').transform(() => undefined), z.coerce.number().int({ error }).min(1, { error }).max(1_000, { error })], { error }).optional());
};

/** Of a list like 0-3, 7: each number once. */
const shardIds = () =>
  text(
    z
      .string()
      .regex(/^\s*\d{1,3}(?:\s*-\s*\d{1,3})?(?:\s*,\s*\d{1,3}(?:\s*-\s*\d{1,3})?)*\s*$/u, { error: 'must be numbers of shards, for example 0-3 or 0, 2, 4' })
      .transform((value) => {
        const ranges = value.split(',').map((range) => range.split('-').map(Number) as [number, number?]);
        return [...new Set(ranges.flatMap(([from, to = from]) => Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index)))];
      })
      .optional(),
  );

/** Whose direct messages are answered. */
const DIRECT_MESSAGES = { true: 'everybody', members: 'members', false: 'nobody' } as const;
const limits = () =>
  text(
    z
      .string()
      .superRefine((value, context) => {
        const problem = problemWithLimits(value);
        if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
      })
      .optional(),
  );

const timeZone = () =>
  text(
    z
      .string()
      .refine(isTimeZone, { error: 'must be the name of a time zone, for example Europe/Berlin' })
      .default('UTC'),
  );

const isTimeZone = (name: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
};

const schema = z.object({
  AWS_BEARER_TOKEN_BEDROCK_COMMAND: text(z.string().optional()),
  AWS_REGION: text(z.string().regex(REGION, { error: 'must be the name of an AWS region, for example us-east-1' }).default('us-east-1')),
  BEDROCK_MODEL_ID: text(
    z.string().regex(MODEL_ID, { error: "must be a model id, an inference profile's id or an ARN, without quotes or spaces" }).optional(),
  ),
  BEDROCK_MAX_TOKENS: optionalInteger(1, 1_000_000, 'for what suits the model'),
  BEDROCK_MODELS_FILE: text(z.string().optional()),
  BEDROCK_STREAM: flag(true),
  BEDROCK_TEMPERATURE: share(),
  BEDROCK_TOP_P: share(),
  BEDROCK_REQUEST_FIELDS: jsonObject(),
  BEDROCK_GUARDRAIL_ID: text(z.string().regex(GUARDRAIL_ID, { error: "must be a guardrail's id or ARN" }).optional()),
  BEDROCK_GUARDRAIL_VERSION: text(
    z.string().regex(/^(?:[1-9]\d{0,7}|DRAFT)$/u, { error: 'must be the number of a version, or DRAFT' }).optional(),
  ),
  BEDROCK_CHECKS: text(choice(['off', 'input', 'input and output']).default('off')),
  MAX_CONCURRENT_CALLS: optionalInteger(1, 1_000, 'and Parley finds out how many Bedrock takes'),
  TOKENS_PER_MINUTE: optionalInteger(1, 1_000_000_000),
  TOKENS_PER_DAY: optionalInteger(1, 1_000_000_000_000),
  CALLS_PER_MINUTE: optionalInteger(1, 1_000_000),
  MEMBER_QUESTIONS_PER_MINUTE: integer(0, 100_000, 10),
  BURST_SECONDS: seconds(10, 1.5),
  CONFIRM_ABOVE_USD: dollars(),
  LIMITS: limits(),
  LIMITS_TIME_ZONE: timeZone(),
  HISTORY_MAX_TOKENS: integer(0, 1_000_000, 32_000),
  HISTORY_DAYS: integer(1, 3_650, 30),
  CONVERSATION_SCOPE: text(choice(SCOPES).default('room')),
  THREADS: text(choice(THREADS).default('off')),
  COMPACTION: text(choice(['off', 'on', 'false', 'true']).default('off')),
  STORE_URL: storeUrl(),
  DISCORD_MESSAGE_CONTENT: flag(false),
  DISCORD_ALLOW_DMS: text(choice(['true', 'members', 'false']).default('true')),
  DISCORD_REQUESTS_PER_SECOND: integer(1, 10_000, 50),
  SHARD_COUNT: shardCount(),
  SHARD_IDS: shardIds(),
  OWNER_IDS: ids('Discord users'),
  ALLOWED_SERVERS: ids('servers'),
  ALLOWED_CHANNELS: ids('channels or categories'),
  ALLOWED_ROLES: ids('roles'),
  ALLOWED_MEMBERS: ids('Discord users'),
  FORBIDDEN_SERVERS: ids('servers'),
  FORBIDDEN_CHANNELS: ids('channels or categories'),
  FORBIDDEN_ROLES: ids('roles'),
  FORBIDDEN_MEMBERS: ids('Discord users'),
  USER_INSTALL_SERVERS: ids('servers'),
  USER_INSTALL_MEMBERS: ids('Discord users'),
  USER_INSTALL_LIMITS: limits(),
  STARTUP_CHECK: flag(true),
  LOG_LEVEL: text(choice(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info')),
  LOG_FORMAT: text(choice(['pretty', 'json']).optional()),
  DISCORD_API_URL: address(),
  DISCORD_CDN_URL: address(),
  AWS_ENDPOINT_URL_BEDROCK_RUNTIME: address(),
  AWS_ENDPOINT_URL_BEDROCK: address(),
});

/** Where the store lies, whatever else is wrong with the settings. `problem`: one sentence. */
export const readStoreUrl = (environment: Environment): { readonly url: string; readonly problem: string | undefined } => {
  const { data, error } = schema.shape.STORE_URL.safeParse(environment['STORE_URL']);
  return { url: data ?? '', problem: error === undefined ? undefined : `STORE_URL ${error.issues[0]?.message}.` };
};

/** All names that stand for a setting, with the other ways to give a secret or a long text. */
export const SETTING_NAMES: readonly string[] = [
  ...Object.keys(schema.shape),
  ...['DISCORD_TOKEN', 'AWS_BEARER_TOKEN_BEDROCK', 'SYSTEM_PROMPT'].flatMap((name) => [name, `${name}_FILE`]),
  'AWS_DEFAULT_REGION',
  ...STORE_KEY_SETTINGS,
  ...HTTP_SETTINGS,
];

/** `AWS_DEFAULT_REGION` is what AWS's own tools call it; the SDKs read `AWS_REGION`. */
const withRegion = (environment: Environment): Environment =>
  blankIsUnset(environment['AWS_REGION']) === undefined ? { ...environment, AWS_REGION: environment['AWS_DEFAULT_REGION'] } : environment;

const readSystemPrompt = (environment: Environment, problems: string[]): string => {
  const path = blankIsUnset(environment['SYSTEM_PROMPT_FILE']);
  const value = environment['SYSTEM_PROMPT'];
  if (typeof path !== 'string') return (value ?? DEFAULT_SYSTEM_PROMPT).trim();
  if (value !== undefined && value.trim() !== '') {
    problems.push('SYSTEM_PROMPT and SYSTEM_PROMPT_FILE are both set: leave one of them out');
  }
  try {
    return readSecretFile(path, () => undefined).read();
  } catch (error) {
    problems.push(`SYSTEM_PROMPT_FILE: the file ${path} ${whyUnreadable(path, error)}`);
    return '';
  }
};

/** The settings, checked and typed. This is the only place that knows the names of the environment. */
export const readConfig = (environment: Environment) => {
  const problems: string[] = [];
  const values = withRegion(environment);
  const discordToken = readSecret(environment, 'DISCORD_TOKEN', problems);
  const { data, error } = schema.safeParse(values);
  const apiKey = readKeySource(environment, schema.shape.AWS_REGION.safeParse(values['AWS_REGION']).data, problems);
  const systemPrompt = readSystemPrompt(environment, problems);
  const keys = readStoreKeys(environment, problems);
  const http = readHttpAddress(environment);
  const broken = (error?.issues ?? []).map(({ path, message }) => ({ name: String(path[0]), rule: message }));
  for (const { name, rule } of [...broken, ...http.problems]) {
    const shown = mayHoldSecret(name) ? '' : ` (it is ${redact(JSON.stringify(values[name]) ?? 'not set', secretsInSettings(environment))})`;
    problems.push(`${name} ${rule}${shown}`);
  }
  if (data !== undefined && (data.BEDROCK_GUARDRAIL_ID === undefined) !== (data.BEDROCK_GUARDRAIL_VERSION === undefined)) {
    problems.push('BEDROCK_GUARDRAIL_ID and BEDROCK_GUARDRAIL_VERSION belong together: set both, or none');
  }
  if (data?.SHARD_IDS !== undefined && (data.SHARD_COUNT === undefined || data.SHARD_IDS.length === 0 || data.SHARD_IDS.some((id) => id >= (data.SHARD_COUNT ?? 0)))) {
    problems.push('SHARD_IDS must be numbers from 0 to one less than SHARD_COUNT, which has to be set, too, and be the same in all processes');
  }
  const modelId = data?.BEDROCK_MODEL_ID ?? (data === undefined ? undefined : defaultModelId(data.AWS_REGION));
  if (data !== undefined && modelId === undefined) {
    problems.push(`BEDROCK_MODEL_ID is not set, and Parley knows of no model in ${data.AWS_REGION}: choose one from the list of models in the Amazon Bedrock console`);
  }
  const models = data?.BEDROCK_MODELS_FILE === undefined ? {} : readModelsFile(data.BEDROCK_MODELS_FILE, problems);
  if (data === undefined || modelId === undefined || problems.length > 0) throw new ConfigError(problems);
  return {
    discord: {
      token: discordToken,
      apiUrl: data.DISCORD_API_URL?.replace(/\/v\d+$/u, ''),
      cdnUrl: data.DISCORD_CDN_URL,
      readsMessageContent: data.DISCORD_MESSAGE_CONTENT,
      allowsDms: data.DISCORD_ALLOW_DMS !== 'false',
      burstMs: Math.round(data.BURST_SECONDS * 1_000),
      /** Whether anybody is who has installed the app to their own account. */
      servesGuests: data.USER_INSTALL_SERVERS !== undefined || data.USER_INSTALL_MEMBERS !== undefined,
      requestsPerSecond: data.DISCORD_REQUESTS_PER_SECOND,
      ownerIds: data.OWNER_IDS ?? [],
      shards: { shardCount: data.SHARD_COUNT, shardIds: data.SHARD_IDS },
    },
    bedrock: {
      apiKey,
      region: data.AWS_REGION,
      endpoint: data.AWS_ENDPOINT_URL_BEDROCK_RUNTIME,
      controlEndpoint: data.AWS_ENDPOINT_URL_BEDROCK,
      proxy: findProxy(environment),
      models,
      isStreaming: data.BEDROCK_STREAM,
      /** What is looked at in each question, wherever it is asked. */
      checks: data.BEDROCK_CHECKS,
      /** For each model; undefined: what suits it. */
      maxTokens: data.BEDROCK_MAX_TOKENS,
      settings: {
        modelId,
        maxTokens: data.BEDROCK_MAX_TOKENS ?? defaultMaxTokens(createModelBook(models).find(modelId)),
        temperature: data.BEDROCK_TEMPERATURE,
        topP: data.BEDROCK_TOP_P,
        requestFields: data.BEDROCK_REQUEST_FIELDS,
        guardrail:
          data.BEDROCK_GUARDRAIL_ID === undefined || data.BEDROCK_GUARDRAIL_VERSION === undefined
            ? undefined
            : { id: data.BEDROCK_GUARDRAIL_ID, version: data.BEDROCK_GUARDRAIL_VERSION },
      },
    },
    conversation: { scope: data.CONVERSATION_SCOPE, threads: data.THREADS, compaction: data.COMPACTION === 'on' || data.COMPACTION === 'true' },
    access: {
      direct: DIRECT_MESSAGES[data.DISCORD_ALLOW_DMS],
      guests: { servers: data.USER_INSTALL_SERVERS ?? [], members: data.USER_INSTALL_MEMBERS ?? [] },
      allowed: { servers: data.ALLOWED_SERVERS ?? [], channels: data.ALLOWED_CHANNELS ?? [], roles: data.ALLOWED_ROLES ?? [], members: data.ALLOWED_MEMBERS ?? [] },
      forbidden: { servers: data.FORBIDDEN_SERVERS ?? [], channels: data.FORBIDDEN_CHANNELS ?? [], roles: data.FORBIDDEN_ROLES ?? [], members: data.FORBIDDEN_MEMBERS ?? [] },
    },
    prompt: { systemPrompt, maxTokens: data.HISTORY_MAX_TOKENS },
    maxConcurrentCalls: data.MAX_CONCURRENT_CALLS,
    /** Undefined: nobody is asked first. */
    confirmAboveUsd: data.CONFIRM_ABOVE_USD,
    quota: { tokensPerMinute: data.TOKENS_PER_MINUTE, tokensPerDay: data.TOKENS_PER_DAY, callsPerMinute: data.CALLS_PER_MINUTE },
    limits: { text: data.LIMITS, guests: data.USER_INSTALL_LIMITS, questionsPerMinute: data.MEMBER_QUESTIONS_PER_MINUTE, timeZone: data.LIMITS_TIME_ZONE },
    store: { url: data.STORE_URL, keys, historyMs: data.HISTORY_DAYS * 24 * 60 * 60 * 1000 },
    isTriedAtStart: data.STARTUP_CHECK,
    http: http.address,
    log: { level: data.LOG_LEVEL, format: data.LOG_FORMAT },
  };
};

export type Config = ReturnType<typeof readConfig>;
