// InvokeGuardrailChecks: looks at texts without a guardrail, and says how severe each category is.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeGuardrailChecks.html
import { bedrockErrors, refuse, Refusal } from './bedrock-errors.ts';
import type { ErrorReply } from './bedrock-errors.ts';
import type { Shape } from './bedrock-shapes.ts';
import type { JsonObject } from './bedrock-types.ts';

const CONTENT = ['VIOLENCE', 'HATE', 'SEXUAL', 'MISCONDUCT', 'INSULTS'] as const;
const ATTACKS = ['JAILBREAK', 'PROMPT_INJECTION', 'PROMPT_LEAKAGE'] as const;

export type CheckedCategory = (typeof CONTENT)[number] | (typeof ATTACKS)[number];

/** How severe a text is, by category; what it does not name is not at all. */
export type Judge = (text: string, role: string) => Readonly<Partial<Record<CheckedCategory, number>>>;

const structure = (members: Readonly<Record<string, Shape>>, ...required: string[]): Shape => ({ kind: 'structure', members, required });

const categories = (values: readonly string[]): Shape =>
  structure(
    { categories: { kind: 'list', min: 1, max: values.length, of: structure({ category: { kind: 'string', values } }, 'category') } },
    'categories',
  );

const block: Shape = { kind: 'union', name: 'GuardrailChecksContentBlock', members: { text: { kind: 'string', min: 1, sensitive: true } } };
const message = structure(
  {
    role: { kind: 'string', values: ['user', 'assistant', 'system'] },
    content: { kind: 'list', of: block, min: 1, sensitive: true },
  },
  'role',
  'content',
);

/** Of the kinds of sensitive information only their number is known here: nothing of ours asks for them. */
const sensitiveInformation = structure({ entities: { kind: 'list', min: 1, max: 31, of: structure({ type: { kind: 'string' } }, 'type') } }, 'entities');

export const guardrailChecksShape = structure(
  {
    messages: { kind: 'list', of: message, min: 1 },
    checks: structure({ contentFilter: categories(CONTENT), promptAttack: categories(ATTACKS), sensitiveInformation }),
  },
  'messages',
  'checks',
);

type Asked = { readonly categories: readonly { readonly category: CheckedCategory }[] };
type Body = {
  readonly messages: readonly { readonly role: string; readonly content: readonly { readonly text: string }[] }[];
  readonly checks: { readonly contentFilter?: Asked; readonly promptAttack?: Asked; readonly sensitiveInformation?: object };
};

const MAX_BLOCKS = 10;
/** Each text is billed by as many units as it has thousands of characters, begun ones among them. */
const UNIT = 1_000;

export class Checker {
  /** Where there are none, the path is one that nobody knows. */
  isOffered = true;
  #judge: Judge = () => ({});
  #next: (ErrorReply | JsonObject)[] = [];

  judgeBy(judge: Judge): void {
    this.#judge = judge;
  }

  answerOnce(answers: readonly (ErrorReply | JsonObject)[]): void {
    this.#next.push(...answers);
  }

  forget(): void {
    this.isOffered = true;
    this.#judge = () => ({});
    this.#next = [];
  }

  /** Before the body is looked at. */
  admit(): JsonObject | undefined {
    if (!this.isOffered) throw new Refusal(bedrockErrors.unknownOperation());
    const next = this.#next.shift();
    if (next !== undefined && 'status' in next) throw new Refusal(next as ErrorReply);
    return next;
  }

  look(body: unknown): JsonObject {
    const { messages, checks } = body as Body;
    if (Object.keys(checks).length === 0) refuse('At least one check must be configured.');
    if (messages.some(({ content }) => content.length > MAX_BLOCKS)) refuse(`A message must have at most ${MAX_BLOCKS} content blocks.`);
    const texts = messages.flatMap(({ role, content }) => content.map(({ text }) => ({ role, text })));
    const textUnits = texts.reduce((sum, { text }) => sum + Math.ceil(text.length / UNIT), 0);
    const scores = texts.map(({ role, text }) => this.#judge(text, role));
    const resultsOf = ({ categories: asked }: Asked): JsonObject => {
      const names = asked.map(({ category }) => category);
      if (new Set(names).size < names.length) refuse('A category must not be given twice.');
      return { results: names.map((category) => ({ category, severityScore: Math.max(...scores.map((score) => score[category] ?? 0)) })) };
    };
    const made = Object.entries(checks).map(([name, asked]): [string, JsonObject] => [name, name === 'sensitiveInformation' ? { results: [], truncated: false } : resultsOf(asked as Asked)]);
    return { results: Object.fromEntries(made), usage: Object.fromEntries(made.map(([name]) => [name, { textUnits }])) };
  }
}
