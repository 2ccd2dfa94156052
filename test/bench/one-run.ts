import type { Subject } from './rig.ts';

/** Figures of the same run: it is made once for each subject and round, whichever of them are asked for. */
export const oneRun = <T>(run: (subject: Subject) => Promise<T>) => {
  const runs = new Map<Subject, Promise<T>[]>();
  return (pick: (measured: T) => number) =>
    async (subject: Subject, round: number): Promise<number> => {
      const ofSubject = runs.get(subject) ?? [];
      runs.set(subject, ofSubject);
      return pick(await (ofSubject[round] ??= run(subject)));
    };
};
