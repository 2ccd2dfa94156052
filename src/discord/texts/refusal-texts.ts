import { DMS_OFF_TEXT, GUESTS_OFF_TEXT, PRIVATE_OFF_TEXT } from './answer-texts.ts';
import { limitText } from './limit-texts.ts';
import { relative } from './relative-time.ts';
import type { AccessRule, Refusal, RuleLevel } from '../../conversation/admission.ts';
import type { RefusalWords } from '../../conversation/ledger.ts';

/** Below a question that is not answered: never, and not now. */
const NOT_HERE = '🚫';
const NOT_NOW = '⏳';

const SET_BY: Readonly<Record<RuleLevel, string>> = {
  bot: 'by whoever runs me',
  server: 'for this server',
  category: "for this channel's category",
  channel: 'for this channel',
};

const accessText = (rule: AccessRule, from: RuleLevel): string => {
  switch (rule) {
    case 'server':
      return 'I may not answer on this server: whoever runs me decides where I do.';
    case 'place-forbidden':
    case 'place-off':
      return `Asking me is switched off here, which is set ${SET_BY[from]}.`;
    case 'member-forbidden':
      return `You may not ask me here, which is set ${SET_BY[from]}.`;
    case 'role-forbidden':
      return `With one of your roles you may not ask me here, which is set ${SET_BY[from]}.`;
    case 'not-listed':
      return `Only some members and roles may ask me here, and you are not among them, which is set ${SET_BY[from]}.`;
    case 'direct-off':
      return DMS_OFF_TEXT;
    case 'guests-off':
      return GUESTS_OFF_TEXT;
    case 'guest-stranger':
      return 'Where I am not a member myself I answer only some people, and you are not among them. Whoever runs me decides that.';
    case 'direct-strangers':
      return 'I answer direct messages only of people who may ask me on a server that I am on.';
  }
};

const textOf = (refusal: Refusal): string => {
  switch (refusal.reason) {
    case 'limit':
      return limitText(refusal.limit);
    case 'private-off':
      return PRIVATE_OFF_TEXT;
    case 'access':
      return accessText(refusal.rule, refusal.from);
  }
};

/** The same of somebody in some channel, behind "would not be answered". */
export const whyNotText = (rule: AccessRule, from: RuleLevel): string => `${WHY_NOT[rule]} (${from === 'bot' ? 'set by whoever runs me' : `set for the ${from}`}).`;

const WHY_NOT: Readonly<Record<AccessRule, string>> = {
  server: 'I may not answer on this server',
  'place-forbidden': 'questions are forbidden there',
  'place-off': 'questions are switched off there',
  'member-forbidden': 'they are among those who may not ask',
  'role-forbidden': 'they have a role that may not ask',
  'not-listed': 'only some members and roles may ask there, and they are not among them',
  'direct-off': 'direct messages are not answered',
  'guests-off': 'I answer only where I am a member',
  'guest-stranger': 'only some people may ask me where I am no member',
  'direct-strangers': 'they may ask on no server that I am on',
};

/** What whoever asked is told of a refusal. */
export const refusalWords = (refusal: Refusal): RefusalWords => {
  const { until } = refusal;
  if (until === undefined) return { text: textOf(refusal), sign: refusal.reason === 'limit' ? NOT_NOW : NOT_HERE };
  return { text: `${textOf(refusal)} You can ask again ${relative(until)}.`, sign: NOT_NOW };
};
