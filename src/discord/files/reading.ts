import type { Question } from '../../conversation/question.ts';
import type { FileReader, IncomingFile } from './file-reader.ts';

type QuestionFiles = Pick<Question, 'readFiles' | 'filesAt'>;

/** How a question comes by the files that Discord says belong to it. Nothing is fetched before its turn has come. */
export const reading = (files: readonly IncomingFile[], readFiles: FileReader): QuestionFiles =>
  files.length === 0 ? {} : { readFiles: (signal, onCrowded) => readFiles(files, signal, onCrowded), filesAt: JSON.stringify(files) };

/** The same for files that another process was told of. Their addresses work for a day. @param filesAt as {@link reading} gave it */
export const readingAgain = (filesAt: string, readFiles: FileReader): QuestionFiles => reading(JSON.parse(filesAt) as IncomingFile[], readFiles);
