import { z } from 'zod';
import { cleanText, hasVisibleText } from '../conversation/question.ts';
import { SCOPES } from '../conversation/scope.ts';
import { THREADS } from '../conversation/threading.ts';
import { LEVELS } from './setting.ts';
import { problemWithLimits, problemWithLimitsAt } from './limit-lines.ts';
import type { Level, Setting, SettingInput, SettingValue } from './setting.ts';

/** A text field of a form holds no more. @see https://docs.discord.com/developers/components/reference#text-input */
const MAX_PERSONA_LENGTH = 4_000;
/** More limits than anybody keeps in mind. */
const MAX_LIMITS_LENGTH = 2_000;
/** As `BEDROCK_MAX_TOKENS`. */
const MAX_ANSWER_TOKENS = 1_000_000;
/** @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#API_runtime_Converse_RequestSyntax */
const MODEL_ID = /^[\w.:/-]{1,2048}$/u;

/** `off`, or a guardrail's id or ARN with its version. @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_GuardrailConfiguration.html */
const GUARDRAIL = /^(?:off|(?:[a-z0-9]+|arn:aws[\w-]*:bedrock:[\w-]+:\d{12}:guardrail\/[a-z0-9]+):(?:[1-9]\d{0,7}|DRAFT))$/u;
const MAX_GUARDRAIL_LENGTH = 200;

/** From the laxest to the strictest. */
const CHECKS = ['off', 'input', 'input and output'] as const;

const setting = <Value extends SettingValue>(schema: z.ZodType<Value>, input: SettingInput, more: Partial<Setting<Value>> = {}): Setting<Value> => ({
  schema,
  input,
  group: 'answers',
  levels: LEVELS,
  ...more,
});

const choice = <const Choices extends readonly [string, ...string[]]>(choices: Choices): Setting<Choices[number]> =>
  setting<Choices[number]>(z.enum(choices, { error: `must be one of ${choices.join(', ')}` }), { type: 'choice', choices });

const wholeNumber = (min: number, max: number): Setting<number> => {
  const error = `must be a whole number from ${min} to ${max}`;
  return setting(z.number({ error }).int({ error }).min(min, { error }).max(max, { error }), { type: 'number', min, max });
};

/** A select of Discord holds no more. @see https://docs.discord.com/developers/components/reference#role-select */
const MOST_LISTED = 25;
const ID_LIST = new RegExp(String.raw`^\d{15,20}(?: \d{15,20}){0,${MOST_LISTED - 1}}$`, 'u');

const list = (type: 'roles' | 'members', more: Partial<Setting<string>> = {}): Setting<string> => {
  const error = `must be 1 to ${MOST_LISTED} ids of ${type}`;
  return setting(z.string({ error }).regex(ID_LIST, { error }), { type, most: MOST_LISTED }, { group: 'asking', ...more });
};

/**
 * All that admins decide inside Discord, and the only place that lists it: validation, the panel, autocompletion, `/why`,
 * export and import, and the README's table are made of this.
 */
export const SETTINGS = {
  model: setting(z.string({ error: 'must be the id of a model' }).regex(MODEL_ID, { error: 'must be the id of a model, without quotes or spaces' }), { type: 'model' }),
  persona: setting(
    z
      .string({ error: 'must be a text' })
      .refine(hasVisibleText, { error: 'must not be empty; leave it out to use the one above it' })
      .max(MAX_PERSONA_LENGTH, { error: `must be no longer than ${MAX_PERSONA_LENGTH} characters` }),
    { type: 'text', maxLength: MAX_PERSONA_LENGTH },
  ),
  maxAnswerTokens: wholeNumber(1, MAX_ANSWER_TOKENS),
  footer: choice(['off', 'model', 'cost']),
  privateAnswers: setting(z.boolean({ error: 'must be true or false' }), { type: 'choice', choices: [true, false] }, { forbid: false }),
  errorStyle: choice(['reply', 'quiet']),
  scope: { ...choice(SCOPES), group: 'conversations' },
  threads: { ...choice(THREADS), group: 'conversations' },
  compaction: { ...choice(['off', 'on']), group: 'conversations' },
  answersTo: { ...choice(['mentions', 'follow-ups', 'everything']), group: 'asking' },
  followUpMinutes: { ...wholeNumber(1, 1_440), group: 'asking' },
  questions: { ...choice(['allowed', 'off', 'forbidden']), group: 'asking', forbid: 'forbidden' },
  allowedRoles: list('roles'),
  allowedMembers: list('members'),
  forbiddenRoles: list('roles', { isUnion: true }),
  forbiddenMembers: list('members', { isUnion: true }),
  // Whoever manages a server is not to switch off what the owner of the account wants in each call.
  guardrail: setting(
    z
      .string({ error: 'must be a text' })
      .max(MAX_GUARDRAIL_LENGTH, { error: `must be no longer than ${MAX_GUARDRAIL_LENGTH} characters` })
      .regex(GUARDRAIL, { error: "must be a guardrail's id or ARN, a colon and its version, for example abc123def456:1, or off" }),
    { type: 'text', maxLength: MAX_GUARDRAIL_LENGTH, isLine: true },
    { who: 'owner', group: 'safety' },
  ),
  limits: setting(
    z
      .string({ error: 'must be a text' })
      .max(MAX_LIMITS_LENGTH, { error: `must be no longer than ${MAX_LIMITS_LENGTH} characters` })
      .superRefine((text, context) => {
        const problem = problemWithLimits(text);
        if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
      }),
    { type: 'lines', maxLength: MAX_LIMITS_LENGTH },
    { group: 'asking', problemAt: problemWithLimitsAt },
  ),
  checks: {
    ...choice(CHECKS),
    group: 'safety',
    isLaxer: (value: (typeof CHECKS)[number], { checks = 'off' }) => CHECKS.indexOf(value) < CHECKS.findIndex((one) => one === checks),
  },
  checksThreshold: {
    ...choice(['0.2', '0.4', '0.6', '0.8', '1.0']),
    group: 'safety',
    isLaxer: (value: string, { checks = 'off', checksThreshold = value }) => checks !== 'off' && Number(value) > Number(checksThreshold),
  },
  managerRole: setting(z.string({ error: 'must be the id of a role' }).regex(/^\d{15,20}$/u, { error: 'must be the id of a role' }), { type: 'role' }, { levels: ['server'] }),
} satisfies Readonly<Record<string, Setting<never> | Setting>>;

export type SettingKey = keyof typeof SETTINGS;
export type ValueOf<Key extends SettingKey> = (typeof SETTINGS)[Key] extends Setting<infer Value> ? Value : never;
/** What stands at one place. */
export type Values = { readonly [Key in SettingKey]?: ValueOf<Key> };

export const SETTING_KEYS = Object.keys(SETTINGS) as SettingKey[];

export const isSettingKey = (key: string): key is SettingKey => Object.hasOwn(SETTINGS, key);

/** Whether only owners of the bot change it. What only a later Parley knows is anybody's. */
export const isOwnersAlone = (key: string): boolean => isSettingKey(key) && settingOf(key).who === 'owner';

/** The setting of a key, whatever its values are. */
export const settingOf = (key: SettingKey): Setting => SETTINGS[key] as Setting<SettingValue>;

/** The ids of a list. */
export const idsOf = (value: SettingValue | undefined): readonly string[] => (typeof value === 'string' && value !== '' ? value.split(' ') : []);

/** A list of ids as it is kept, of ids or mentions with spaces, commas or lines in between. */
const listFrom = (text: string): string => [...new Set(text.split(/[\s,]+/u).map((part) => part.replace(/^<@[!&]?(\d+)>$/u, '$1')))].filter((part) => part !== '').toSorted().join(' ');

/** What says something by itself: on a line of its own, or behind a semicolon. */
export const linesOf = (text: string): readonly string[] => text.split(/[\n;]/u).map((line) => line.trim()).filter((line) => line !== '');

/**
 * What somebody has written, as its setting takes it; what does not fit stays a text, and {@link problemWith} tells why it cannot be.
 * Undefined where nothing is written.
 */
export const valueFrom = (key: SettingKey, written: string): SettingValue | undefined => {
  const text = cleanText(written);
  const { input } = settingOf(key);
  if (text === '') return undefined;
  if (input.type === 'roles' || input.type === 'members') return listFrom(text);
  if (input.type === 'lines') return linesOf(text).join('\n') || undefined;
  if (input.type === 'number' && /^-?\d{1,15}$/u.test(text)) return Number(text);
  if (input.type === 'choice' && input.choices.includes(true) && /^(?:true|false)$/u.test(text)) return text === 'true';
  return text;
};

/** Why a value cannot be, as the end of a sentence; undefined where it can. @param level where it is to stand, if that is known */
export const problemWith = (key: SettingKey, value: unknown, level?: Level): string | undefined => {
  const { schema, problemAt } = settingOf(key);
  const { data, error } = schema.safeParse(value);
  return error?.issues[0]?.message ?? (level === undefined || data === undefined ? undefined : problemAt?.(data, level));
};
