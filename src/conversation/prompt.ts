import { createSum, grown } from './growing-list.ts';
import { hasFiles, withFileBytes } from './history-files.ts';
import { trimHistory } from './history.ts';
import { endNote } from './end-note.ts';
import { hasVisibleText } from './question.ts';
import { summaryTokens, withSummary } from './summary.ts';
import { estimateTextTokens, estimateTurnTextTokens, estimateTurnTokens } from './token-estimate.ts';
import { HEADER_NOTE, needsNote } from './turn.ts';
import type { Payer } from './call-report.ts';
import type { ContentBlock, FileSource, TextBlock } from './content.ts';
import type { Exchange, History } from './history.ts';
import type { FileBytes } from './history-files.ts';
import type { StopReason } from './reply.ts';
import type { SummaryPart } from './summary.ts';
import type { Turn } from './turn.ts';

/** A guardrail of Bedrock's. @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_GuardrailConfiguration.html */
export interface Guardrail {
  /** Or its ARN. */
  readonly id: string;
  /** A number, or `DRAFT`. */
  readonly version: string;
}

/** All that one model call is given. Turns begin with the user and alternate; no text is blank. */
export interface Prompt {
  readonly system: readonly string[];
  readonly turns: readonly Turn[];
  /** The greatest answer, in tokens, where it is not the model's own. */
  readonly answerTokens?: number | undefined;
  /** Instead of the guardrail that each call goes through; `off`: through none. */
  readonly guardrail?: Guardrail | 'off' | undefined;
  /** Nobody waits for the answer: it may come later where that costs less. */
  readonly isUnhurried?: boolean | undefined;
  /** So many of its first turns leave the conversation together when it has grown: they are asked with once more then, by themselves. */
  readonly leavingTurns?: number | undefined;
  /** Whom it is asked for; absent: nobody. */
  readonly payer?: Payer | undefined;
}

export interface PromptSettings {
  /** Blank: none is sent. */
  readonly systemPrompt: string;
  /** Budget of system prompt, history and new turn together, without files, in estimated tokens. */
  readonly maxTokens: number;
}

/** The part of a history that fits beside the new turn. What leaves here is forgotten when the exchange is saved. */
export const fitHistory = (settings: PromptSettings, history: History, turn: Turn): History => {
  const fixed = estimateTextTokens(settings.systemPrompt) + estimateTurnTextTokens(turn);
  return trimHistory(history, Math.max(0, settings.maxTokens - fixed));
};

/** What is blank to Bedrock is so by the rules of another language: of what nobody sees, nothing is sent. */
const isSent = (block: ContentBlock<FileSource>): boolean => !('text' in block) || hasVisibleText(block.text);

const sentTurn = (turn: Turn<FileSource>, files: FileBytes): Turn => {
  const isAsItIs = (block: ContentBlock<FileSource>): block is TextBlock => 'text' in block && isSent(block);
  const isFit = ({ content }: Turn<FileSource>): boolean => content.every(isAsItIs);
  return isFit(turn) ? (turn as Turn) : withFileBytes({ role: turn.role, content: turn.content.filter(isSent) }, files);
};

const NO_FILES: FileBytes = new Map();

/** The turns of exchanges that can be sent: one bad record must not break every later question. */
export const sentTurns = ({ turns: [question, reply] }: Exchange, files = NO_FILES): Turn[] => {
  const sent = [sentTurn(question, files), sentTurn(reply, files)];
  return sent.every((turn) => turn.content.length > 0) ? sent : [];
};

/** Those that a model is given: none of what one has refused. */
export const promptTurns = (exchange: Exchange, files = NO_FILES): Turn[] => (exchange.isRefused === true ? [] : sentTurns(exchange, files));

const hasHeader = ({ content }: Turn): boolean => content[0] !== undefined && needsNote(content[0]);

interface SentTurns {
  readonly turns: readonly Turn[];
  readonly hasHeader: boolean;
  /** How the last answer ended; it is said at the head of the next question's turn, the same each time. */
  readonly stopReason?: StopReason | undefined;
}

const isCutShort = (stopReason: StopReason | undefined): boolean => stopReason !== undefined && endNote(stopReason) !== undefined;

const behindAnswer = (turn: Turn, stopReason: StopReason | undefined): Turn => {
  const note = stopReason === undefined ? undefined : endNote(stopReason);
  return note === undefined ? turn : { role: turn.role, content: [note, ...turn.content] };
};

const addTurns =
  (files: FileBytes) =>
  (earlier: SentTurns = { turns: [], hasHeader: false }, exchanges: readonly Exchange[]): SentTurns => {
    let { hasHeader: isNoteNeeded, stopReason } = earlier;
    const added: Turn[] = [];
    for (const exchange of exchanges) {
      const [question, ...reply] = promptTurns(exchange, files);
      if (question === undefined) continue;
      isNoteNeeded ||= hasHeader(question) || reply.some(hasHeader) || isCutShort(stopReason);
      added.push(behindAnswer(question, stopReason), ...reply);
      ({ stopReason } = exchange);
    }
    return { turns: grown(earlier.turns, added), hasHeader: isNoteNeeded, stopReason };
  };

const textTurns = createSum<Exchange, SentTurns>(addTurns(NO_FILES));

/**
 * @param files bytes of the history's files; those that are missing are replaced by a line of text
 * @param earlier what is kept of what was said before the history
 */
export const buildPrompt = (systemPrompt: string, history: History, turn: Turn, files = NO_FILES, earlier: readonly SummaryPart[] = []): Prompt => {
  // What has bytes in it is not kept in memory.
  const before = hasFiles(history) ? addTurns(files)(undefined, history.exchanges) : textTurns(history.exchanges);
  const all = grown(before.turns, [behindAnswer(sentTurn(turn, files), before.stopReason)]);
  const turns = earlier.length === 0 ? all : all.map((one, index) => (index === 0 ? withSummary(one, earlier) : one));
  const isNoteNeeded = before.hasHeader || hasHeader(turn) || isCutShort(before.stopReason) || earlier.length > 0;
  const system = [systemPrompt.trim(), isNoteNeeded ? HEADER_NOTE : ''].filter((text) => text !== '');
  return { system, turns };
};

const totalTokens = createSum<Exchange, number>((total = 0, exchanges) =>
  exchanges.reduce((sum, { turns: [question, reply] }) => sum + estimateTurnTokens(question) + estimateTurnTokens(reply), total),
);

/** A rough count of all that a prompt of these sends. */
export const estimateInputTokens = (systemPrompt: string, history: History, turn: Turn, earlier: readonly SummaryPart[] = []): number =>
  estimateTextTokens(systemPrompt) + summaryTokens(earlier) + totalTokens(history.exchanges) + estimateTurnTokens(turn);
