import { askedBefore } from './asked-before.ts';
import { countQuestions, isContinuation } from './continuation.ts';
import { historyTokens } from './history.ts';
import { pathTo } from './history-tree.ts';
import { hasBranches } from './scope.ts';
import { summaryOf, summaryTokens } from './summary.ts';
import { headerOf, namedFiles } from './turn-header.ts';
import type { FileOrigin } from './content.ts';
import type { Exchange, History } from './history.ts';

/** What a conversation remembers, in figures. */
export interface Recollection {
  /** Questions that people asked, with their answers. */
  readonly questions: number;
  /** What would go along with the next question, in tokens, estimated as the budget does: without files. Of a tree, the way to its newest exchange. */
  readonly tokens: number;
  /** What a model made of what has left the conversation; empty where there is nothing of that. Untrusted, and may be wrong. */
  readonly summary: string;
  /** Names of the files that are still there, the newest first. Untrusted. */
  readonly files: readonly string[];
  /** When the oldest of it was asked, in milliseconds since the epoch; undefined where there is nothing. */
  readonly since: number | undefined;
  /** The question that was asked last. */
  readonly last: Exchange | undefined;
}

/** Whether a file came with a message that its asker linked to: who else may know of it, nobody can tell. */
const isLinked = (origin: FileOrigin | undefined): boolean => origin?.startsWith('linked') === true;

const filesIn = ({ turns: [{ content }] }: Exchange): readonly string[] => {
  const named = namedFiles(content);
  return content.flatMap((block, index) => ('text' in block || isLinked(named[index]?.origin) ? [] : [named[index]?.name ?? 'file']));
};

/** The question that was asked last; where its answer went on in another exchange, that which it began with. */
export const lastAsked = ({ exchanges }: History): Exchange | undefined => {
  const all = new Map(exchanges.map((exchange) => [exchange.id, exchange]));
  const met = new Set<Exchange>();
  let last = exchanges.at(-1);
  while (last !== undefined && !met.has(last) && isContinuation(last)) {
    met.add(last);
    last = all.get(last.continues ?? '') ?? last;
  }
  return last;
};

export const recollect = (conversationId: string, history: History): Recollection => {
  const { exchanges } = history;
  const newest = hasBranches(conversationId) ? pathTo(history, exchanges.at(-1)?.id) : history;
  return {
    questions: countQuestions(history),
    tokens: historyTokens(newest) + summaryTokens(summaryOf(newest)),
    summary: summaryOf(newest).map(({ text }) => text).join('\n'),
    files: exchanges.toReversed().flatMap(filesIn),
    since: exchanges.length === 0 ? undefined : exchanges.reduce((oldest, { askedAt }) => Math.min(oldest, askedAt), Number.POSITIVE_INFINITY),
    last: lastAsked(history),
  };
};

/** A question and its answer, as people read them. All of it is untrusted. */
export interface Spoken {
  /** Milliseconds since the epoch. */
  readonly askedAt: number;
  /** Undefined where it was said to us alone. */
  readonly name: string | undefined;
  readonly text: string;
  /** What the message holds besides text, in words. */
  readonly also: readonly string[];
  readonly files: readonly string[];
  readonly reply: string;
}

export const spokenIn = (exchange: Exchange): Spoken => {
  const [question, reply] = exchange.turns;
  const name = headerOf(question.content)?.speaker?.name;
  const { text, also = [] } = askedBefore(question);
  return {
    askedAt: exchange.askedAt,
    name: typeof name === 'string' ? name : undefined,
    text,
    also,
    files: namedFiles(question.content).flatMap((file) => (file === undefined || isLinked(file.origin) ? [] : [file.name])),
    reply: reply.content.map((block) => ('text' in block ? block.text : '')).join(''),
  };
};
