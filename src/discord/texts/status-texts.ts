import { Failure } from '../../conversation/failure.ts';
import { failureText } from './failure-text.ts';
import type { FailureKind } from '../../conversation/failure.ts';
import type { Finding } from '../../operations/finding.ts';

export interface Status {
  /** What the last questions met; undefined when all is well. */
  readonly trouble: FailureKind | undefined;
  /** Questions that wait for their call. */
  readonly waiting: number;
  /** How many calls may be out at a time, as it is now. */
  readonly concurrency: number;
  /** What people call the model; undefined where nobody knows. */
  readonly modelName: string | undefined;
}

/** The longest message there is. @see https://discord.com/developers/docs/resources/message#create-message */
const MAX_LENGTH = 2_000;
const MORE_TEXT = '… `npm run doctor` tells the rest.';

const waitingText = (waiting: number): string => {
  if (waiting === 0) return 'Nobody is waiting.';
  return waiting === 1 ? 'One question is waiting.' : `${waiting} questions are waiting.`;
};

/** What everybody may know. */
export const statusText = ({ trouble, waiting, concurrency, modelName = 'a model on Amazon Bedrock' }: Status): string =>
  [
    trouble === undefined ? '**Up.** All is well.' : `**Degraded.** ${failureText(new Failure(trouble, ''))}`,
    `Answers come from ${modelName}. ${waitingText(waiting)} Up to ${concurrency} can be written at a time.`,
  ].join('\n');

const SIGNS: Readonly<Record<Finding['state'], string>> = { good: '✅', warning: '⚠️', bad: '❌', skipped: '➖' };

/** Names of servers and models show themselves, and format nothing. */
const escaped = (text: string): string => text.replaceAll(/[*_~`|>\\]/gu, (sign) => `\\${sign}`);

/** An address is escaped by nothing: a backslash would belong to it. In brackets it shows no card. */
const ADDRESS = /(https:\/\/[\w.-]+(?:[/?#][^\s<>*~`|\\]*)?(?<![.,;:)]))/u;

const plain = (text: string): string =>
  text
    .split(ADDRESS)
    .map((part, index) => (index % 2 === 0 ? escaped(part) : `<${part}>`))
    .join('');

const lineOf = ({ state, says, cure }: Finding): string => `${SIGNS[state]} ${plain(says)}${cure === undefined ? '' : `\n-# ${plain(cure)}`}`;

const ORDER: readonly Finding['state'][] = ['bad', 'warning', 'good', 'skipped'];

/** @param invite the address by which the bot is invited */
export const inviteText = (invite: string): string => `-# To invite me elsewhere: <${invite}>`;

/** What admins see below: what is wrong first, and as much as fits. @param foot stands below it in any case */
export const inspectionText = (head: string, findings: readonly Finding[], foot: string): string => {
  const lines = ORDER.flatMap((state) => findings.filter((finding) => finding.state === state)).map(lineOf);
  let text = head;
  for (const line of lines) {
    if (text.length + line.length + MORE_TEXT.length + foot.length + 3 > MAX_LENGTH) return `${text}\n${MORE_TEXT}\n${foot}`;
    text += `\n${line}`;
  }
  return `${text}\n${foot}`;
};
