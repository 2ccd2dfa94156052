import { mutate } from './mutations.ts';
import type { Mutation } from './mutations.ts';

/** A mutation, and the number by which it is switched on. */
export interface Numbered {
  readonly id: number;
  readonly mutation: Mutation;
}

/** The name under which a switchable text asks whether a mutation is on: `$mutant(7)`. */
export const SWITCH = '$mutant';

const changed = (source: string, { id, mutation }: Numbered, inner: string): string => {
  const { site } = mutation;
  // Braces all round, or an `else` after it would go with this `if`.
  if (site.is === 'statement') return `{ if (!${SWITCH}(${id})) { ${inner} } }`;
  if (site.is === 'block') return `{ if (!${SWITCH}(${id})) ${inner} }`;
  const end = site.end + mutate(source, mutation).length - source.length;
  // In brackets of their own: `? (a): B =>` begins a function.
  return `(${SWITCH}(${id}) ? (${mutate(source, mutation).slice(site.start, end)}) : (${inner}))`;
};

/** The text with all these mutations in it, each behind a switch: one build, and one reading of it, do for all mutants. */
export const switchable = (source: string, mutations: readonly Numbered[]): string => {
  // What holds others comes before them; of those with the same place, each holds the next.
  const outermostFirst = mutations.toSorted((one, other) => one.mutation.site.start - other.mutation.site.start || other.mutation.site.end - one.mutation.site.end);
  const write = (start: number, end: number, within: readonly Numbered[]): string => {
    let text = '';
    let at = start;
    for (let index = 0; index < within.length; ) {
      const outer = within[index] as Numbered;
      const { site } = outer.mutation;
      const after = within.findIndex((other, place) => place > index && other.mutation.site.start >= site.end);
      const inside = within.slice(index + 1, after < 0 ? undefined : after);
      text += source.slice(at, site.start) + changed(source, outer, write(site.start, site.end, inside));
      at = site.end;
      index = after < 0 ? within.length : after;
    }
    return text + source.slice(at, end);
  };
  return write(0, source.length, outermostFirst);
};
