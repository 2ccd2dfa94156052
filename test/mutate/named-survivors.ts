/** A mutant that no test can notice, or that none should, and why. */
export interface NamedSurvivor {
  readonly file: string;
  readonly kind: string;
  /** What stands in the line, without the blanks around it. */
  readonly line: string;
  readonly reason: string;
}

export const NAMED_SURVIVORS: readonly NamedSurvivor[] = [
  {
    file: 'src/store/sqlite-file.ts',
    kind: 'await dropped',
    line: 'await this.#rewriting;',
    reason: 'a rewriting that is under way when the store is closed comes to its end in a thread of its own; only whoever closes it knows sooner',
  },
  {
    file: 'src/markdown/delimiters.ts',
    kind: 'off by one',
    line: 'for (const [kind, count] of passed) if (count > length) passed.set(kind, length);',
    reason: 'where both are the same, the same is set again',
  },
  {
    file: 'src/markdown/inline-tokens.ts',
    kind: 'off by one',
    line: "if (decided > 0 && plain[decided - 1] === '\\\\') decided -= 1;",
    reason: 'before the first character stands no backslash',
  },
  {
    file: 'src/markdown/math.ts',
    kind: 'off by one',
    line: 'const formula = end < 0 ? near : near.slice(0, end);',
    reason: 'a formula that begins with its end, or with a line break, has been sent away before',
  },
  {
    file: 'src/markdown/overflow.ts',
    kind: 'operator turned round',
    line: "for (let at = end - 1; at >= 0 && ' \\t\\r\\n>'.includes(body.charAt(at)); at -= 1) if (body[at] === '\\n') end = at;",
    reason: 'behind the end there is nothing, over which it goes as over a blank',
  },
  {
    file: 'src/markdown/overflow.ts',
    kind: 'off by one',
    line: "for (let at = end - 1; at >= 0 && ' \\t\\r\\n>'.includes(body.charAt(at)); at -= 1) if (body[at] === '\\n') end = at;",
    reason: 'what is shown never begins with an empty line',
  },
  {
    file: 'src/markdown/part-builder.ts',
    kind: 'off by one',
    line: 'const line = end < 0 ? text.slice(lineStart) : text.slice(lineStart, end);',
    reason: 'the first line of a text is never inside of a block',
  },
  {
    file: 'src/markdown/part-builder.ts',
    kind: 'off by one',
    line: 'const next = end < 0 ? text.length : end + 1;',
    reason: 'the first line of a text is never inside of a block',
  },
  {
    file: 'src/markdown/part-builder.ts',
    kind: '&& for ||',
    line: 'if (blockNote !== undefined && fence !== undefined && endAt !== undefined && lineStart + endAt - open.prefix.length < (overflow?.at ?? Number.POSITIVE_INFINITY)) {',
    reason: '`endAt` is there only where the other two are, which the types do not know',
  },
  {
    file: 'src/markdown/line-start.ts',
    kind: 'off by one',
    line: 'if (close < 0 && !isFinal && text.length - begin <= LONGEST_WAIT) return WAIT;',
    reason: 'how long something is waited for, by one character',
  },
  {
    file: 'src/markdown/inline-reader.ts',
    kind: 'operator turned round',
    line: 'brackets.expire(dropped + at);',
    reason: 'how long brackets are looked for: what is found meanwhile is the same',
  },
  {
    file: 'src/queue/circuit-breaker.ts',
    kind: 'off by one',
    line: 'return wall < dayEndsAt - DAY_MS || wall >= untilMs ? -Infinity : this.#clocks.monotonic() + untilMs - wall;',
    reason: 'at the very moment until which it is closed, it opens either way',
  },
  {
    file: 'src/policy/calendar.ts',
    kind: 'off by one',
    line: "if (known === undefined || ms < known.from || ms >= known.day.endsAt) known = { from: ms, ...(timeZone === 'UTC' ? utc(ms) : local(ms)) };",
    reason: 'worked out again for the very moment of which it is known, it is the same',
  },
  {
    file: 'src/conversation/answer.ts',
    kind: '|| for &&',
    line: 'if (thread === undefined || starterId === undefined || !exchanges.some(({ id, replyMessageIds }) => id === starterId || replyMessageIds.includes(starterId))) return around;',
    reason: 'without a thread there is no starter either, and without a starter no exchange is it; that a starter of its own is kept, tests of threads notice',
  },
];
