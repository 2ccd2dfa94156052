import { channelMention, escapeMarkdown, roleMention, userMention } from 'discord.js';
import { cleanLine } from '../../conversation/question.ts';
import { idsOf, isSettingKey, settingOf } from '../../policy/settings-tree.ts';
import { inCode } from './failure-text.ts';
import type { SettingKey } from '../../policy/settings-tree.ts';
import type { SettingGroup, SettingValue } from '../../policy/setting.ts';
import type { SettingPlace } from '../../policy/server-settings.ts';

/** What people read of a setting. */
export interface SettingWords {
  readonly label: string;
  readonly description: string;
  /** What a number counts. */
  readonly unit?: string;
  /** Of each choice, where it is one of a few. */
  readonly choices?: Readonly<Record<string, string>>;
  /** Where nobody has decided anything. */
  readonly byDefault: string;
}

export const SETTING_WORDS: Readonly<Record<SettingKey, SettingWords>> = {
  model: { label: 'Model', description: 'Which model answers', byDefault: '`BEDROCK_MODEL_ID`' },
  persona: { label: 'Persona', description: 'Who the bot is: its system prompt, up to 4,000 characters', byDefault: '`SYSTEM_PROMPT`' },
  maxAnswerTokens: { label: 'Longest answer', description: 'In tokens; what a model thinks counts', unit: 'tokens', byDefault: '`BEDROCK_MAX_TOKENS`' },
  answersTo: {
    label: 'Answers to',
    description: 'Which messages are questions, beside commands; more than mentions need the Message Content intent',
    choices: { mentions: 'Mentions, and replies to me', 'follow-ups': 'Mentions, replies, and what their author says soon after an answer', everything: 'Everything that is not said to somebody else' },
    byDefault: '`mentions`',
  },
  followUpMinutes: { label: 'Soon after an answer', description: 'How long, in minutes', unit: 'minutes', byDefault: '`10`' },
  footer: {
    label: 'Footer',
    description: 'What stands below each answer',
    choices: { off: 'Nothing', model: 'The model', cost: 'The model, its tokens and what they cost' },
    byDefault: '`off`',
  },
  privateAnswers: {
    label: 'Private answers',
    description: 'Whether `/ask private:` is allowed; where a wider place forbids it, it is forbidden',
    choices: { true: 'Allowed', false: 'Forbidden' },
    byDefault: '`true`',
  },
  errorStyle: {
    label: 'Failures',
    description: 'Where it is said why there is no answer',
    choices: { reply: 'In the channel, as a reply', quiet: 'Directly to whoever asked' },
    byDefault: '`reply`',
  },
  scope: {
    label: 'Conversations',
    description: 'Who shares one, and what I remember with it',
    choices: { room: 'All in a channel or thread', user: 'Each person has their own', thread: 'All in a thread; elsewhere each person has their own', reply: 'Each chain of replies is its own' },
    byDefault: '`CONVERSATION_SCOPE`',
  },
  threads: {
    label: 'Threads',
    description: 'Which questions get a thread of their own, inside which nobody need mention me',
    choices: { off: 'None', on_mention: 'Messages that mention me', always: 'All questions, and `/ask` unless it is private' },
    byDefault: '`THREADS`',
  },
  compaction: {
    label: 'Long conversations',
    description: 'What becomes of the beginning of one that has no room any more',
    choices: { off: 'Forgotten', on: 'Kept as a short summary, for one small call' },
    byDefault: '`COMPACTION`',
  },
  questions: {
    label: 'Questions',
    description: 'Whether anybody may ask there',
    choices: { allowed: 'Answered', off: 'Not answered, except where a more specific place allows it', forbidden: 'Not answered, nor in any place below' },
    byDefault: '`allowed`',
  },
  allowedRoles: { label: 'Roles that may ask', description: 'Where some are named, nobody else may ask, but members who may; "everyone" is a role, too', byDefault: 'none named' },
  allowedMembers: { label: 'Members who may ask', description: 'Where some are named, nobody else may ask, but roles that may', byDefault: 'none named' },
  forbiddenRoles: { label: 'Roles that may not ask', description: 'Wherever a role is named, nothing permits it again below', byDefault: 'none' },
  forbiddenMembers: { label: 'Members who may not ask', description: 'Wherever somebody is named, nothing permits it again below', byDefault: 'none' },
  guardrail: {
    label: 'Guardrail',
    description: 'Id or ARN, a colon and its version, or `off`; owners of the bot alone change it',
    choices: { off: 'None' },
    byDefault: '`BEDROCK_GUARDRAIL_ID`',
  },
  limits: {
    label: 'Limits',
    description: 'One on each line, like "member: 20 questions an hour" or "server: $5 a day, then warn"',
    byDefault: '`MEMBER_QUESTIONS_PER_MINUTE`',
  },
  checks: {
    label: 'Checks',
    description: 'What Bedrock looks at for attacks and bad content, without a guardrail; answers that are checked come whole',
    choices: { off: 'Nothing', input: 'Questions', 'input and output': 'Questions and answers' },
    byDefault: '`BEDROCK_CHECKS`',
  },
  checksThreshold: {
    label: 'Strictness of checks',
    description: 'How severe something is that is stopped, from 0.2 (hardly) to 1.0 (most)',
    choices: { '0.2': 'From 0.2: whatever is found', '0.4': 'From 0.4', '0.6': 'From 0.6', '0.8': 'From 0.8', '1.0': 'From 1.0: only the most severe' },
    byDefault: '`0.6`',
  },
  managerRole: { label: 'Managers', description: 'A role that may change these settings, beside "Manage Server"', byDefault: 'none' },
};

export const SETTINGS_COMMAND_WORDS = {
  description: 'Change how I answer on this server',
  panel: 'See and change the settings of this server, a category or a channel',
  model: 'Choose the model that answers',
  modelOption: 'Begin to type its name',
  channel: 'Only there; without it, on the whole server',
  export: 'Get all settings of this server as a file',
  import: 'Replace all settings of this server by those of a file',
  file: 'As /settings export gave it',
  sure: 'Do it although I asked first',
} as const;
export const WHY_WORDS = { description: 'What would happen to a question here, and which setting decides it', member: 'Who would ask', channel: 'Where' } as const;

export const NOT_A_MANAGER_TEXT = 'Only those with "Manage Server", or with the role that this server names for it, can change my settings.';
export const NOT_YOUR_PANEL_TEXT = 'This panel is somebody else\'s. Open your own with `/settings panel`.';
export const ONLY_ON_SERVERS_TEXT = 'Settings belong to servers; there are none here.';
export const PLACE_GONE_TEXT = 'This channel is not on this server, or not any more. Open `/settings panel` anew.';
export const ENTRY_GONE_TEXT = 'This change is not remembered any more.';
export const MANAGERS_GONE_TEXT = '⚠️ The role that may change these settings is not on this server any more. Choose another one, or leave it to "Manage Server".';

const MAX_SHOWN = 160;
/** Limits say nothing where half of them is missing. */
const LONGEST_LIMITS = 400;

/** Levels as they are named where a value comes from. */
export const FROM: Readonly<Record<'bot' | SettingPlace['level'], string>> = {
  bot: 'by default',
  server: 'set for the server',
  category: 'set for the category',
  channel: 'set for the channel',
};

export const placeText = (place: SettingPlace): string => (place.level === 'server' ? 'the whole server' : channelMention(place.id));

const LIST_TYPES: ReadonlySet<string> = new Set(['roles', 'members']);

/** So many of a list are shown. */
const MAX_LISTED = 12;

const listText = (ids: readonly string[], mention: (id: string) => string): string =>
  [...ids.slice(0, MAX_LISTED).map(mention), ...(ids.length > MAX_LISTED ? [`and ${ids.length - MAX_LISTED} more`] : [])].join(' ');

/** A value on one line. It was written by admins, and pings nobody. @param modelName what people call a model, where it is known */
export const valueText = (key: string, value: SettingValue | undefined, modelName?: (id: string) => string | undefined): string => {
  if (value === undefined) return 'nothing';
  const { choices, unit = '' } = (SETTING_WORDS as Readonly<Record<string, SettingWords | undefined>>)[key] ?? {};
  const chosen = choices?.[String(value)];
  if (chosen !== undefined) return chosen;
  const type = isSettingKey(key) ? settingOf(key).input.type : undefined;
  if (type === 'role') return roleMention(String(value));
  if (type === 'roles' || type === 'members') return listText(idsOf(value), type === 'roles' ? roleMention : userMention);
  if (key === 'model') {
    const name = modelName?.(String(value));
    return name === undefined ? inCode(cleanLine(String(value), MAX_SHOWN)) : `${escapeMarkdown(name)} (${inCode(cleanLine(String(value), MAX_SHOWN))})`;
  }
  if (key === 'limits') return inCode(cleanLine(String(value).replace(/\s*\n\s*/gu, '; '), LONGEST_LIMITS));
  if (typeof value === 'number') return `${value.toLocaleString('en-US')} ${value === 1 ? unit.replace(/s$/u, '') : unit}`.trimEnd();
  return inCode(cleanLine(String(value), MAX_SHOWN));
};

export const settingText = (key: SettingKey, value: SettingValue | undefined, from: 'bot' | SettingPlace['level'], modelName?: (id: string) => string | undefined): string =>
  `**${SETTING_WORDS[key].label}:** ${value === undefined || value === '' ? (LIST_TYPES.has(settingOf(key).input.type) ? 'none named' : key === 'limits' ? 'none of its own' : 'nobody') : valueText(key, value, modelName)}\n-# ${FROM[from]}`;

const GROUP_WORDS: Readonly<Record<SettingGroup, string>> = { answers: 'How I answer', conversations: 'What I remember', asking: 'Who may ask, and how much', safety: 'What is checked' };

export const PANEL_WORDS = {
  title: (place: SettingPlace, group: SettingGroup): string => `### Settings of ${placeText(place)}\n-# ${GROUP_WORDS[group]}`,
  groups: GROUP_WORDS,
  change: 'Change',
  ownersChange: 'Owners alone',
  elsewhere: 'Another place: a category or a channel',
  wholeServer: 'Whole server',
  history: 'What was changed',
  clear: 'Take back all settings here',
  back: 'Back',
  unset: 'Leave it to what is above',
  otherModel: 'Type an id',
  chooseModel: 'A model',
  chooseRole: 'A role',
  chooseRoles: 'Roles',
  chooseMembers: 'Members',
  choose: 'One of these',
  revert: 'Take back one of these changes',
  sure: 'Yes, do it',
  modelInput: 'Id of the model, or of its inference profile',
} as const;

export const editorText = (key: SettingKey, place: SettingPlace): string => `### ${SETTING_WORDS[key].label} of ${placeText(place)}\n${SETTING_WORDS[key].description}.`;

export const changedText = (key: string, place: SettingPlace): string => `✅ ${labelOf(key)} of ${placeText(place)}: changed.`;
export const UNCHANGED_TEXT = 'It was like that already.';
export const clearedText = (place: SettingPlace, isAll: boolean): string =>
  isAll ? `✅ Nothing is set for ${placeText(place)} any more.` : `✅ Only what owners of the bot alone change is set for ${placeText(place)} any more.`;
export const refusedText = (key: string, problem: string): string => `⚠️ ${labelOf(key)} ${problem}. Nothing was changed.`;

const labelOf = (key: string): string => (SETTING_WORDS as Readonly<Record<string, SettingWords | undefined>>)[key]?.label ?? inCode(cleanLine(key, MAX_SHOWN));

/** What to think of before a change is made. */
export type Doubt = 'locks-you-out' | 'clears-all' | 'clears-place' | 'switches-off';
const DOUBTS: Readonly<Record<Doubt, string>> = {
  'locks-you-out': 'You change these settings by the role that they name. After this you could not any more, only somebody with "Manage Server" could.',
  'switches-off': 'After this I answer nobody on this server but my owners.',
  'clears-place': 'This takes back everything that was set here. What is above this place holds again.',
  'clears-all': 'This takes back everything that was set for this server, its categories and its channels.',
};
export const doubtText = (doubts: readonly Doubt[]): string => `### Are you sure?\n${doubts.map((doubt) => DOUBTS[doubt]).join('\n')}`;
export const importDoubtText = (doubts: readonly Doubt[]): string => `${doubts.map((doubt) => DOUBTS[doubt]).join('\n')}\nNothing was changed. Say \`sure: True\` with the command to do it.`;

export interface HistoryLine {
  readonly at: number;
  readonly byId: string;
  readonly place: SettingPlace;
  readonly key: string;
  readonly from: SettingValue | undefined;
  readonly to: SettingValue | undefined;
}

const SHORT = 60;
const shortValue = (key: string, value: SettingValue | undefined): string => {
  const text = valueText(key, value);
  return text.startsWith('`') ? inCode(cleanLine(text.slice(1, -1), SHORT)) : text;
};

export const historyText = (lines: readonly HistoryLine[]): string =>
  lines.length === 0
    ? '### What was changed\nNothing yet.'
    : ['### What was changed', ...lines.map(({ at, byId, place, key, from, to }) => `- <t:${Math.floor(at / 1000)}:R> ${userMention(byId)}, ${placeText(place)}: ${labelOf(key)} from ${shortValue(key, from)} to ${shortValue(key, to)}`)].join('\n');

/** In a list to choose from, where nothing is formatted. */
export const historyChoice = ({ key, from, to }: HistoryLine): { readonly label: string; readonly description: string } => ({
  label: cleanLine(`${labelOf(key)}: back to ${from === undefined ? 'nothing' : String(from)}`, 100),
  description: cleanLine(`instead of ${to === undefined ? 'nothing' : String(to)}`, 100),
});

export const EXPORT_TEXT = 'All settings of this server. `/settings import` takes such a file.';
export const importedText = (changes: number): string => (changes === 0 ? 'It was like that already.' : `✅ Done: ${changes === 1 ? '1 value is' : `${changes} values are`} changed.`);

/** So many of them at most, each no longer than that: a message holds 2,000 characters. */
const MAX_PROBLEMS = 10;
const MAX_REASON = 180;
export const importProblemsText = (problems: readonly { readonly line: number; readonly reason: string }[]): string =>
  [
    'Nothing of this file was kept:',
    ...problems.slice(0, MAX_PROBLEMS).map(({ line, reason }) => `- line ${line}: ${inCode(cleanLine(reason, MAX_REASON - 2))}`),
    ...(problems.length > MAX_PROBLEMS ? [`- and ${problems.length - MAX_PROBLEMS} more`] : []),
  ].join('\n');
export const IMPORT_UNREADABLE_TEXT = 'I could not read this file. It must be text of at most 1 MB, as `/settings export` gives it.';

/** @see https://docs.discord.com/developers/resources/message#create-message */
const MESSAGE_LIMIT = 2_000;

export const whyText = (memberId: string, channelId: string, obstacle: string | undefined, lines: readonly string[]): string => {
  const question = `A question of ${userMention(memberId)} in ${channelMention(channelId)}`;
  let said = obstacle === undefined ? `${question} **would be answered**.` : `${question} **would not be answered**: ${obstacle}`;
  for (const line of lines) if (said.length + line.length < MESSAGE_LIMIT) said += `\n${line}`;
  return said;
};
export const WHY_OBSTACLES = {
  memberBlind: 'they do not see this channel.',
  botBlind: 'I do not see this channel. Give my role "View Channel" there.',
  botMute: 'I may not write there. Give my role "Send Messages" there (in threads: "Send Messages in Threads").',
} as const;
export const WHY_OTHERS_TEXT = 'Only those who may change my settings can ask this for others.';
