import { withinRequestLimits } from './file-limits.ts';
import { trimHistory } from './history.ts';
import { estimateTextTokens, estimateTurnTokens } from './token-estimate.ts';
import { HEADER_NOTE, isHeader } from './turn.ts';
import type { History } from './history.ts';
import type { ContentBlock } from './content.ts';
import type { Turn } from './turn.ts';

/** All that one model call is given. Turns begin with the user and alternate; no text is blank. */
export interface Prompt {
  readonly system: readonly string[];
  readonly turns: readonly Turn[];
}

export interface PromptSettings {
  /** Blank: none is sent. */
  readonly systemPrompt: string;
  /** Budget of system prompt, history and new turn together, in estimated tokens. */
  readonly maxTokens: number;
}

/** The part of a history that fits beside the new turn. What leaves here is forgotten when the exchange is saved. */
export const fitHistory = (settings: PromptSettings, history: History, turn: Turn): History => {
  const fixed = estimateTextTokens(settings.systemPrompt) + estimateTurnTokens(turn);
  return trimHistory(history, Math.max(0, settings.maxTokens - fixed));
};

const isSent = (block: ContentBlock): boolean => !('text' in block) || block.text.trim() !== '';

/** Turns that were found to be fit to send: they never change, and come up again with each question. */
const fit = new WeakSet<Turn>();

const sentTurn = (turn: Turn): Turn => {
  if (fit.has(turn)) return turn;
  if (!turn.content.every(isSent)) return { role: turn.role, content: turn.content.filter(isSent) };
  fit.add(turn);
  return turn;
};

/** The turns of the exchanges that can be sent: one bad record must not break every later question. */
const historyTurns = (history: History): Turn[] =>
  history.exchanges.flatMap(({ turns: [question, reply] }) => {
    const sent = [sentTurn(question), sentTurn(reply)];
    return sent.every((turn) => turn.content.length > 0) ? sent : [];
  });

export const buildPrompt = (systemPrompt: string, history: History, turn: Turn): Prompt => {
  const turns = withinRequestLimits([...historyTurns(history), turn]);
  const hasHeader = turns.some(({ content }) => content[0] !== undefined && isHeader(content[0]));
  const system = [systemPrompt.trim(), hasHeader ? HEADER_NOTE : ''].filter((text) => text !== '');
  return { system, turns };
};
