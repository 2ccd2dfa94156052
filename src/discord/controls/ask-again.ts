import { askedBefore } from '../../conversation/asked-before.ts';
import { sourceOf, withSource } from '../../conversation/content.ts';
import { siblingPlace } from '../../conversation/siblings.ts';
import { NO_LONGER_THERE } from '../texts/file-texts.ts';
import type { AskedBefore } from '../../conversation/asked-before.ts';
import type { AttachedFile } from '../../conversation/content.ts';
import type { Exchange } from '../../conversation/history.ts';
import type { ReadKeptFile } from '../../conversation/history-files.ts';
import type { Question } from '../../conversation/question.ts';
import type { PendingQuestion, PendingQuestions, ShownAnswer } from '../../conversation/shown-answer.ts';
import type { AnswerControls } from '../reply/answer-buttons.ts';

export interface QuestionAgainDependencies {
  readonly pendingQuestions: PendingQuestions;
  readonly readKeptFile: ReadKeptFile;
  readonly recentFiles: AnswerControls['recentFiles'];
}

/**
 * The question of an answer, to be asked once more; undefined when it is not remembered.
 * @param exchange what the history says of it
 * @param attemptId unique to this asking
 */
export type QuestionAgain = (answer: ShownAnswer, exchange: Exchange | undefined, attemptId: string) => Promise<Question | undefined>;

const aroundThen = ({ linked, thread, unseen }: AskedBefore): Pick<Question, 'linked' | 'thread' | 'unseen'> => ({
  ...(linked === undefined ? {} : { linked }),
  ...(thread === undefined ? {} : { thread }),
  ...(unseen === undefined ? {} : { unseen }),
});

export const createQuestionAgain = ({ pendingQuestions, readKeptFile, recentFiles }: QuestionAgainDependencies): QuestionAgain => {
  const readFilesOf =
    ({ files, lostFiles }: Pick<AskedBefore, 'files' | 'lostFiles'>): NonNullable<Question['readFiles']> =>
    async () => {
      const found: AttachedFile[] = [];
      const lost = [...lostFiles];
      for (const { block, name, origin } of files) {
        const source = sourceOf(block);
        const bytes = 'bytes' in source ? source.bytes : await readKeptFile(source);
        if (bytes === undefined) lost.push(name);
        else found.push({ name, origin, block: withSource(block, { bytes }) });
      }
      return { files: found, skipped: lost.map((name) => ({ name, reason: NO_LONGER_THERE })) };
    };

  /** Kept ones first, then those that Discord still has; and what there is no more is told. */
  const filesOf = (questionId: string, before: AskedBefore | undefined, pending: PendingQuestion | undefined): Pick<Question, 'readFiles'> => {
    const { files = [], lostFiles = [] } = before ?? {};
    if (files.length > 0) return { readFiles: readFilesOf({ files, lostFiles }) };
    const recent = recentFiles(questionId);
    if (recent !== undefined) return { readFiles: recent };
    if (lostFiles.length > 0) return { readFiles: readFilesOf({ files, lostFiles }) };
    return pending?.hasFiles === true ? { readFiles: readFilesOf({ files, lostFiles: ['file'] }) } : {};
  };

  return async (answer, exchange, attemptId) => {
    const { questionId, parts, isFirstGone, conversationId, guildId, asker, askedAt, isShared, behind, continues, continuesOr } = answer;
    const pending = await pendingQuestions.find(conversationId, questionId);
    const before = exchange && askedBefore(exchange.turns[0]);
    const said = pending ?? before;
    if (said === undefined) return undefined;
    const locale = said.locale ?? before?.locale;
    return {
      id: attemptId,
      door: 'button',
      firstAskedAs: questionId,
      ...(behind === undefined ? {} : { behind }),
      ...(continues === undefined ? {} : { continues }),
      ...(continuesOr === undefined ? {} : { continuesOr }),
      ...(exchange === undefined ? {} : { answers: siblingPlace(exchange).count }),
      conversationId,
      guildId,
      asker,
      askedAt,
      text: said.text,
      ...(parts === undefined ? {} : { parts }),
      ...(isFirstGone === undefined ? {} : { isFirstGone }),
      isShared,
      ...(said.repliedTo === undefined ? {} : { repliedTo: said.repliedTo }),
      ...(said.forwarded === undefined ? {} : { forwarded: said.forwarded }),
      // What was changed since may point at something else.
      ...(pending === undefined && before !== undefined ? aroundThen(before) : {}),
      ...(said.also === undefined ? {} : { also: said.also }),
      ...(locale === undefined ? {} : { locale }),
      ...filesOf(questionId, before, pending),
    };
  };
};
