// Counts what one answer costs, and where `maxTokens` ends it.
import type { InputUsage } from './bedrock-cache.ts';
import type { TokenUsage } from './bedrock-types.ts';

const BYTES_PER_TOKEN = 4;

export class Meter {
  readonly #input: InputUsage;
  readonly #maxBytes: number;
  #bytes = 0;

  /** Without `maxTokens` the answer is never cut. */
  constructor(input: InputUsage, maxTokens: number | undefined) {
    this.#input = input;
    this.#maxBytes = (maxTokens ?? Infinity) * BYTES_PER_TOKEN;
  }

  get outputTokens(): number {
    return Math.ceil(this.#bytes / BYTES_PER_TOKEN);
  }

  /** Thinking counts like text. `full`: the limit cut this piece. */
  take(delta: string): { readonly accepted: string; readonly full: boolean } {
    const bytes = Buffer.byteLength(delta);
    if (this.#bytes + bytes <= this.#maxBytes) {
      this.#bytes += bytes;
      return { accepted: delta, full: false };
    }
    const accepted = prefixOfBytes(delta, this.#maxBytes - this.#bytes);
    this.#bytes = this.#maxBytes;
    return { accepted, full: true };
  }

  usage(replaced: Partial<TokenUsage> = {}): TokenUsage {
    const { promptTokens: _, ...input } = this.#input;
    const counted = { ...input, outputTokens: this.outputTokens, ...replaced };
    const { inputTokens, outputTokens, cacheReadInputTokens = 0, cacheWriteInputTokens = 0 } = counted;
    return { totalTokens: inputTokens + outputTokens + cacheReadInputTokens + cacheWriteInputTokens, ...counted };
  }
}

/** The longest beginning that fits, without half a character. */
function prefixOfBytes(text: string, limit: number): string {
  let used = 0;
  let end = 0;
  for (const character of text) {
    used += Buffer.byteLength(character);
    if (used > limit) break;
    end += character.length;
  }
  return text.slice(0, end);
}
