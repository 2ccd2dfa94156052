import type { Question } from './question.ts';
import type { ReachedLimit } from './reached-limit.ts';
import type { TokenUsage } from './reply.ts';

/** Why somebody may not ask. */
export type AccessRule =
  /** Nobody may, on the whole server, by word of whoever runs the bot. */
  | 'server'
  /** Nobody may there, whatever stands elsewhere; or as nothing more specific permits it. */
  | 'place-forbidden'
  | 'place-off'
  | 'member-forbidden'
  | 'role-forbidden'
  /** Some members or roles may. */
  | 'not-listed'
  | 'direct-off'
  /** Direct messages of those alone who may ask on some server. */
  | 'direct-strangers'
  /** By the app that is installed to somebody's own account, where the bot is not: by nobody, or by some people alone. */
  | 'guests-off'
  | 'guest-stranger';

/** Where a rule stands, the widest first; `bot`: set by whoever runs it. */
export type RuleLevel = 'bot' | 'server' | 'category' | 'channel';

/** Why a question is not taken on. `until`: when that ends by itself, in milliseconds since the epoch. */
export type Refusal = { readonly until?: number | undefined } & (
  /** The place allows no answers for nobody but their asker. */
  | { readonly reason: 'private-off' }
  | { readonly reason: 'access'; readonly rule: AccessRule; readonly from: RuleLevel }
  /** Nothing is left of a limit. */
  | { readonly reason: 'limit'; readonly limit: ReachedLimit }
);

type Soon<Value> = Value | Promise<Value>;

/** Something that can refuse questions. */
export interface AdmissionCheck {
  /** `everything`: whatever speaks to us; it notes nothing. `questions`: what asks something, which it may note as asked. */
  readonly of: 'everything' | 'questions';
  /**
   * Undefined where it has nothing against a question. Asked once for each that a process hears of, before anybody has it: where several
   * processes hear of it, in each of them, so that what is noted is noted under the question's id. Answered from memory, with a
   * promise only where that is rare. Never throws, never rejects.
   */
  refusalOf(question: Question): Soon<Refusal | undefined>;
  /** The same where a button asks, before the place of the answer is opened; asked last. Never rejects. */
  pressed?(question: Question): Promise<Refusal | undefined>;
  /** What was found out while the question was claimed, which nobody could know before. */
  claimed?(question: Question): Refusal | undefined;
  /** What was found out of a question that a process took on which is gone. Never rejects. */
  resumed?(question: Question): Promise<Refusal | undefined>;
  /** The answer of one was found, which a process that is gone has given. */
  answered?(questionId: string, usage: TokenUsage | undefined): void;
  /**
   * One that it had nothing against is not asked after all: another check had, or it is somebody's already, this process's among them.
   * @param isElsewhere it is being answered: what was noted of it is for whoever has it
   */
  withdraw?(question: Question, isElsewhere: boolean): void;
}

/** Whether questions are taken on: by all that can refuse them. */
export interface Admission {
  /** The first refusal; undefined where a question is taken on. @param asksNothing only what can refuse everything has a say */
  refusalOf(question: Question, asksNothing?: boolean): Soon<Refusal | undefined>;
  /** The same of what a button asks. */
  pressed(question: Question): Promise<Refusal | undefined>;
  /** What only its claim could tell of a question; undefined where it is taken on. */
  claimed(question: Question): Refusal | undefined;
  /** The same of one that an earlier process had claimed. */
  resumed(question: Question): Promise<Refusal | undefined>;
  /** A question has its answer, which an earlier process has given. @param usage what Bedrock reported of it */
  answered(questionId: string, usage: TokenUsage | undefined): void;
  /** A question that was let in is not taken on after all. @param isElsewhere see {@link AdmissionCheck.withdraw} */
  withdraw(question: Question, isElsewhere?: boolean): void;
}

/** @param checks those of `everything` are asked first, otherwise in this order */
export const createAdmission = (checks: readonly AdmissionCheck[]): Admission => {
  const ofEverything = checks.filter((check) => check.of === 'everything');
  const ordered = [...ofEverything, ...checks.filter((check) => check.of === 'questions')];

  const withdraw = (question: Question, from = ordered, isElsewhere = false): void => {
    for (const check of from) check.withdraw?.(question, isElsewhere);
  };

  const refusalOf = (question: Question, asked: readonly AdmissionCheck[], first: number): Soon<Refusal | undefined> => {
    for (let index = first; index < asked.length; index += 1) {
      const onward = (found: Refusal | undefined): Soon<Refusal | undefined> => {
        if (found === undefined) return refusalOf(question, asked, index + 1);
        withdraw(question, asked.slice(0, index));
        return found;
      };
      const found = asked[index]?.refusalOf(question);
      if (found instanceof Promise) return found.then(onward);
      if (found !== undefined) return onward(found);
    }
    return undefined;
  };

  const pressed: Admission['pressed'] = async (question) => {
    const before = await refusalOf(question, ordered, 0);
    if (before !== undefined) return before;
    for (const check of ordered) {
      const found = await check.pressed?.(question);
      if (found === undefined) continue;
      withdraw(question, ordered);
      return found;
    }
    return undefined;
  };
  const claimed: Admission['claimed'] = (question) => {
    for (const check of ordered) {
      const found = check.claimed?.(question);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const answered: Admission['answered'] = (questionId, usage) => {
    for (const check of ordered) check.answered?.(questionId, usage);
  };
  const resumed: Admission['resumed'] = async (question) => {
    for (const check of ordered) {
      const found = await check.resumed?.(question);
      if (found !== undefined) return found;
    }
    return undefined;
  };

  return { refusalOf: (question, asksNothing = false) => refusalOf(question, asksNothing ? ofEverything : ordered, 0), pressed, claimed, resumed, answered, withdraw: (question, isElsewhere) => withdraw(question, ordered, isElsewhere) };
};
