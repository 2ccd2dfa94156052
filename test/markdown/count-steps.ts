import { Session } from 'node:inspector/promises';
import { afterAll, beforeAll } from 'vitest';

type Steps = (work: () => void) => Promise<number>;

/** What the engine's own searches do is no code of ours: it counts as one step for each character that they pass. */
const passed = { characters: 0 };

const countRegExps = (): (() => void) => {
  const { exec } = RegExp.prototype;
  const counted = function counted(this: RegExp, text: string): RegExpExecArray | null {
    const from = this.global || this.sticky ? this.lastIndex : 0;
    const found = exec.call(this, text);
    const failedAt = this.sticky || (this.source.startsWith("^") && !this.multiline) ? from : text.length;
    passed.characters += Math.max((found === null ? failedAt : found.index + found[0].length) - from, 0);
    return found;
  };
  Object.assign(RegExp.prototype, { exec: counted });
  return () => void Object.assign(RegExp.prototype, { exec });
};

const countSearches = (): (() => void) => {
  const { indexOf, includes } = String.prototype;
  const counted = function counted(this: string, what: string, from = 0): number {
    const at = indexOf.call(this, what, from);
    passed.characters += Math.max((at < 0 ? this.length : at) - from, 0);
    return at;
  };
  const countedIncludes = function countedIncludes(this: string, what: string, from = 0): boolean {
    return this.indexOf(what, from) >= 0;
  };
  Object.assign(String.prototype, { indexOf: counted, includes: countedIncludes });
  return () => void Object.assign(String.prototype, { indexOf, includes });
};

/**
 * Counts steps in the tests of a file: how often each block of the project's own code runs, as V8 counts it for coverage,
 * and how many characters its searches pass. Nothing is built into the code for it, and no clock has a say.
 */
export const countStepsHere = (): Steps => {
  const session = new Session();
  const undo: (() => void)[] = [];
  beforeAll(async () => {
    session.connect();
    await session.post('Profiler.enable');
    await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
    undo.push(countRegExps(), countSearches());
  });
  afterAll(() => {
    for (const one of undo) one();
    session.disconnect();
  });
  return async (work) => {
    await session.post('Profiler.takePreciseCoverage');
    passed.characters = 0;
    work();
    const searched = passed.characters;
    const { result } = await session.post('Profiler.takePreciseCoverage');
    const own = result.filter(({ url }) => url.includes('/src/')).flatMap(({ functions }) => functions.flatMap(({ ranges }) => ranges));
    return own.reduce((sum, { count }) => sum + count, searched);
  };
};
