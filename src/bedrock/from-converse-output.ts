import { countOf, fieldsOf, listOf, mostCharacters, textOf } from './plausible.ts';
import { usageOf } from './reported-usage.ts';
import { Sources, citingText } from './citations.ts';
import { MASK, guardrailActionIn, hasStoppedInput } from './guardrail-trace.ts';
import { WrittenThinking } from './written-thinking.ts';
import { CUT_OFF, UNKNOWN_STOP_REASON } from '../conversation/reply.ts';
import type { AnswerBounds, Fields } from './plausible.ts';
import type { ConverseEvents } from './converse-events.ts';
import type { ReplyEvent, StopReason, TokenUsage } from '../conversation/reply.ts';

/** The longest mask, in characters. */
const MASK_LENGTH = 64;
const MOST_LATENCY_MS = 24 * 60 * 60 * 1000;

const stopReasonOf = (value: unknown): StopReason => {
  const reason = textOf(value);
  return /^[\w.-]{1,64}$/u.test(reason) ? reason : UNKNOWN_STOP_REASON;
};

/** What a JavaScript engine cuts out of a text keeps all of it in memory. */
const copied = (text: string): string => Buffer.from(text).toString();

/**
 * Reads an answer, whole or in events. This is where everything that Bedrock says becomes plausible: whatever has another
 * type or another size than it can have says nothing, and the rest of the answer stands. Only text is for people; reasoning
 * is the model's own.
 *
 * A stream is whole only when `messageStop` came: without it nothing is said of an end, and the caller has to take it for a
 * break. What goes wrong after `messageStop` costs the figures, not the answer.
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamOutput.html
 */
export class AnswerReader {
  readonly #bounds: AnswerBounds;
  readonly #thinking = new WrittenThinking();
  readonly #sources = new Sources();
  /** Characters that may still come. */
  #room: number;
  #stopReason: StopReason | undefined;
  #metadata: Fields | undefined;
  /** The end of what was written: a mask may come in pieces. */
  #tail = '';
  #hasMask = false;

  constructor(bounds: AnswerBounds) {
    this.#bounds = bounds;
    this.#room = mostCharacters(bounds);
  }

  /** The text of events that came together. */
  read(events: ConverseEvents): string {
    let text = '';
    for (const event of events) {
      if (event['contentBlockDelta'] !== undefined) text += this.#take(fieldsOf(fieldsOf(event['contentBlockDelta'])['delta']));
      if (event['messageStop'] !== undefined) this.#stop(fieldsOf(event['messageStop'])['stopReason']);
      if (event['metadata'] !== undefined) this.#metadata = fieldsOf(event['metadata']);
    }
    return this.#shown(text);
  }

  /** A whole Converse answer as events. @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html */
  readWhole(output: unknown): ReplyEvent[] {
    const answer = fieldsOf(output);
    const { content } = fieldsOf(fieldsOf(answer['output'])['message']);
    let text = '';
    for (const block of listOf(content)) text += this.#take(fieldsOf(block));
    this.#stop(answer['stopReason']);
    this.#metadata = answer;
    text = this.#shown(text) + this.rest();
    const end = this.end;
    return [...(text === '' ? [] : [{ type: 'text', text } as const]), ...(end === undefined ? [] : [end])];
  }

  /** What was held back until the end. */
  rest(): string {
    return this.#thinking.end();
  }

  /** The model said that it was done, or wrote more than it can. */
  get hasStopped(): boolean {
    return this.#stopReason !== undefined;
  }

  /** Nothing more is read. */
  get isFull(): boolean {
    return this.#room === 0;
  }

  /** What comes last has come. */
  get hasFigures(): boolean {
    return this.#metadata !== undefined;
  }

  /** Something was said: Bedrock works on it, and wants to be paid for it. */
  get hasBegun(): boolean {
    return this.#room < mostCharacters(this.#bounds) || this.#stopReason !== undefined || this.#metadata !== undefined;
  }

  /** What the call is paid by, as far as it has been said. */
  get usage(): TokenUsage | undefined {
    return usageOf(this.#metadata?.['usage'], this.#bounds);
  }

  /** It was served by the tier that costs less. */
  get wasFlex(): boolean {
    return fieldsOf(this.#metadata?.['serviceTier'])['type'] === 'flex';
  }

  /** What the model said of its end; undefined as long as it has not. */
  get end(): ReplyEvent | undefined {
    if (this.#stopReason === undefined) return undefined;
    const sources = this.#sources.all;
    return {
      type: 'end',
      stopReason: this.#stopReason,
      usage: this.usage,
      latencyMs: countOf(fieldsOf(this.#metadata?.['metrics'])['latencyMs'], MOST_LATENCY_MS),
      ...(sources.length === 0 ? {} : { sources }),
      ...(this.#wasMasked() ? { wasMasked: true } : {}),
      ...(this.#stopReason === 'guardrail_intervened' && hasStoppedInput(this.#metadata?.['trace']) ? { wasInputStopped: true } : {}),
    };
  }

  /** The text of a block, or of a piece of one. Thinking counts like text, as it does against `maxTokens`. */
  #take(block: Fields): string {
    // One of several, and this nearly always.
    if (typeof block['text'] === 'string') return this.#use(block['text']);
    const cites = fieldsOf(block['citationsContent']);
    for (const citation of listOf(cites['citations'])) this.#sources.add(citation);
    if (block['citation'] !== undefined) this.#sources.add(block['citation']);
    const thought = fieldsOf(block['reasoningContent']);
    this.#use(textOf(thought['text']) || textOf(fieldsOf(thought['reasoningText'])['text']));
    return block['citationsContent'] === undefined ? '' : this.#use(citingText(cites));
  }

  /** As much of a text as there is room for. What is longer than any answer can be has no end of its own. */
  #use(text: string): string {
    if (text.length < this.#room) {
      this.#room -= text.length;
      return text;
    }
    const fitting = copied(text.slice(0, this.#room));
    this.#room = 0;
    this.#stopReason ??= CUT_OFF;
    return fitting;
  }

  #stop(reason: unknown): void {
    this.#stopReason ??= stopReasonOf(reason);
  }

  #shown(text: string): string {
    const shown = this.#thinking.push(text);
    if (this.#bounds.isGuarded === true && !this.#hasMask) {
      this.#hasMask = MASK.test(this.#tail + shown);
      this.#tail = (this.#tail + shown).slice(-MASK_LENGTH);
    }
    return shown;
  }

  #wasMasked(): boolean {
    if (this.#stopReason !== 'guardrail_intervened') return false;
    const action = guardrailActionIn(this.#metadata?.['trace']);
    return action === undefined ? this.#hasMask : action === 'masked';
  }
}
