import { toFailure } from './failure.ts';
import { estimateTextTokens, estimateTurnTokens } from './token-estimate.ts';
import type { Payer } from './call-report.ts';
import type { Failure } from './failure.ts';
import type { Line, PlaceSettings } from './ports.ts';
import type { Prompt } from './prompt.ts';
import type { Reply, ReplyEvent } from './reply.ts';

/** What a side call asks. */
export interface SideQuestion {
  /** Whom it is booked to. */
  readonly payer: Omit<Payer, 'id'>;
  readonly prompt: Pick<Prompt, 'system' | 'turns'>;
  /** The greatest answer, in tokens, without what the model thinks before it. */
  readonly answerTokens: number;
}

/** A prompt of one text. @param task what is to be done @param text what it is to be done with: data, whoever wrote it */
export const taskOn = (task: string, text: string): SideQuestion['prompt'] => ({ system: [task], turns: [{ role: 'user', content: [{ text }] }] });

const sizeOf = ({ system, turns }: SideQuestion['prompt']): number =>
  system.reduce((sum, text) => sum + estimateTextTokens(text), 0) + turns.reduce((sum, turn) => sum + estimateTurnTokens(turn), 0);

/** Where it is asked: whose model, and by which line and guardrail. */
export type SidePlace = Pick<PlaceSettings, 'model' | 'inTurn' | 'guardrail' | 'thinkingTokens'>;

/** Small calls of a model that are nobody's question: a title, a summary. */
export interface SideCalls {
  /**
   * Asks once, by the cheaper tier where the model has one, and only while nobody waits: whoever has to wait meanwhile gets its place,
   * and it is asked again later. Undefined where it came to nothing, which is nobody's trouble. Never rejects.
   */
  ask(place: SidePlace, asked: SideQuestion, signal?: AbortSignal): Promise<Reply | undefined>;
  /** Ends all of them, and takes no other. */
  stop(): void;
}

export interface SideCallsOptions {
  readonly line: Pick<Line, 'inTurn'>;
  /** Hears why one came to nothing. */
  readonly onFailure?: ((failure: Failure) => void) | undefined;
  /** Milliseconds that only go forward. */
  readonly monotonicNow?: () => number;
  /** How long one waits for a moment in which nobody else does, in milliseconds. */
  readonly patienceMs?: number;
}

const PATIENCE_MS = 120_000;
/** Between two looks whether anybody waits, in milliseconds. */
const LOOK_EVERY_MS = 500;
/** At a time; the rest of their places is for questions. */
const MOST_OUT = 4;
/** Each keeps its text in memory while it waits. */
const MOST_ASKED = 50;

const readReply = async (events: AsyncIterable<ReplyEvent>, onBegun: () => void): Promise<Reply> => {
  let text = '';
  for await (const event of events) {
    onBegun();
    if (event.type === 'text') text += event.text;
    else {
      const { type: _end, ...end } = event;
      return { text: text.trim(), ...end };
    }
  }
  return { text: '', stopReason: 'unknown', usage: undefined, latencyMs: undefined };
};

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });

export const createSideCalls = ({ line, onFailure, monotonicNow = () => performance.now(), patienceMs = PATIENCE_MS }: SideCallsOptions): SideCalls => {
  const all = new AbortController();
  let askedNow = 0;
  let out = 0;

  /** Undefined where somebody waits, or has come to wait. */
  const tryOnce = async ({ model, inTurn = line.inTurn, guardrail, thinkingTokens = 0 }: SidePlace, { payer, prompt: asked, answerTokens: most }: SideQuestion, signal: AbortSignal): Promise<Reply | undefined> => {
    if (out >= MOST_OUT) return undefined;
    const way = new AbortController();
    const each = AbortSignal.any([signal, way.signal]);
    const answerTokens = most + thinkingTokens;
    const prompt = { ...asked, answerTokens, guardrail, payer, isUnhurried: true };
    out += 1;
    try {
      return await inTurn({
        question: payer,
        inputTokens: sizeOf(asked),
        answerTokens,
        signal: each,
        onWait: () => undefined,
        giveWay: () => way.abort(),
        run: (onBegun) => readReply(model.converse(prompt, each), onBegun),
      });
    } catch (error) {
      if (way.signal.aborted || toFailure(error).kind === 'line-full') return undefined;
      throw error;
    } finally {
      out -= 1;
    }
  };

  const ask: SideCalls['ask'] = async (place, question, signal) => {
    if (askedNow >= MOST_ASKED || all.signal.aborted) return undefined;
    askedNow += 1;
    const either = signal === undefined ? all.signal : AbortSignal.any([all.signal, signal]);
    const giveUpAt = monotonicNow() + patienceMs;
    try {
      while (!either.aborted) {
        const reply = await tryOnce(place, question, either);
        if (reply !== undefined) return reply;
        if (monotonicNow() + LOOK_EVERY_MS >= giveUpAt) return undefined;
        await pause(LOOK_EVERY_MS, either);
      }
      return undefined;
    } catch (error) {
      if (!either.aborted) onFailure?.(toFailure(error));
      return undefined;
    } finally {
      askedNow -= 1;
    }
  };

  return { ask, stop: () => all.abort() };
};
