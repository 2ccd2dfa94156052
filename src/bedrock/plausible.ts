/** What came from outside, read as what it should be: whatever else it is, it says nothing. */
export type Fields = Readonly<Record<string, unknown>>;

const NO_FIELDS: Fields = {};
const NOTHING: readonly unknown[] = [];

export const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : NO_FIELDS);

export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : NOTHING);

/** A whole number from 0 to `most`; undefined for everything else. */
export const countOf = (value: unknown, most: number): number | undefined =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most ? value : undefined;

/** What one answer of a model can come to, and what may be done to it. */
export interface AnswerBounds {
  /** The greatest answer that was asked for, thinking included, in tokens. */
  readonly maxTokens: number;
  /** The longest prompt that the model takes, in tokens. */
  readonly contextTokens: number;
  /** A guardrail looks at it. */
  readonly isGuarded?: boolean | undefined;
}

/** Taken where nobody knows the model: the longest prompt that models on Bedrock take today. */
export const LONGEST_CONTEXT_TOKENS = 1_050_000;

/**
 * No tokenizer comes near so many characters for each token of a whole answer: what is longer has no end. Prose has four,
 * and runs of blanks in code twice as many.
 */
const CHARACTERS_PER_TOKEN = 16;
const LEAST_CHARACTERS = 2_000;

/** The longest answer that is read, thinking included, in characters. */
export const mostCharacters = ({ maxTokens }: AnswerBounds): number => Math.max(LEAST_CHARACTERS, maxTokens * CHARACTERS_PER_TOKEN);

/** Models count a little more than was asked for, where they end their thinking. */
const OUTPUT_SLACK = 1.25;
const OUTPUT_SLACK_TOKENS = 1_000;

/** The most output tokens that a report can speak of. */
export const mostOutputTokens = ({ maxTokens }: AnswerBounds): number => Math.ceil(maxTokens * OUTPUT_SLACK) + OUTPUT_SLACK_TOKENS;
