import { withFileBytes } from './history-files.ts';
import { trimHistory } from './history.ts';
import { estimateTextTokens, estimateTurnTextTokens, estimateTurnTokens } from './token-estimate.ts';
import { HEADER_NOTE, isHeader } from './turn.ts';
import type { History } from './history.ts';
import type { FileBytes } from './history-files.ts';
import type { ContentBlock, FileSource } from './content.ts';
import type { Turn } from './turn.ts';

/** All that one model call is given. Turns begin with the user and alternate; no text is blank. */
export interface Prompt {
  readonly system: readonly string[];
  readonly turns: readonly Turn[];
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

const isSent = (block: ContentBlock<FileSource>): boolean => !('text' in block) || block.text.trim() !== '';

/** Turns that were found to be fit to send: they never change, and come up again with each question. */
const fit = new WeakSet<Turn<FileSource>>();

const isFit = (turn: Turn<FileSource>): turn is Turn => fit.has(turn);

const sentTurn = (turn: Turn<FileSource>, files: FileBytes): Turn => {
  if (isFit(turn)) return turn;
  if (turn.content.every((block) => 'text' in block && isSent(block))) fit.add(turn);
  return isFit(turn) ? turn : withFileBytes({ role: turn.role, content: turn.content.filter(isSent) }, files);
};

/** The turns of the exchanges that can be sent: one bad record must not break every later question. */
const historyTurns = (history: History, files: FileBytes): Turn[] =>
  history.exchanges.flatMap(({ turns: [question, reply] }) => {
    const sent = [sentTurn(question, files), sentTurn(reply, files)];
    return sent.every((turn) => turn.content.length > 0) ? sent : [];
  });

const NO_FILES: FileBytes = new Map();

/** @param files bytes of the history's files; those that are missing are replaced by a line of text */
export const buildPrompt = (systemPrompt: string, history: History, turn: Turn, files = NO_FILES): Prompt => {
  const turns = [...historyTurns(history, files), turn];
  const hasHeader = turns.some(({ content }) => content[0] !== undefined && isHeader(content[0]));
  const system = [systemPrompt.trim(), hasHeader ? HEADER_NOTE : ''].filter((text) => text !== '');
  return { system, turns };
};

/** A rough count of all that a prompt of these sends. */
export const estimateInputTokens = (systemPrompt: string, history: History, turn: Turn): number =>
  history.exchanges.reduce(
    (sum, { turns: [question, reply] }) => sum + estimateTurnTokens(question) + estimateTurnTokens(reply),
    estimateTextTokens(systemPrompt) + estimateTurnTokens(turn),
  );
