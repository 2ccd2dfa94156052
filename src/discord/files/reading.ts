import type { Question } from '../../conversation/question.ts';
import type { FileReader, IncomingFile } from './file-reader.ts';

/** How a question comes by the files that Discord says belong to it. Nothing is fetched before its turn has come. */
export const reading = (files: readonly IncomingFile[], readFiles: FileReader): Pick<Question, 'readFiles'> =>
  files.length === 0 ? {} : { readFiles: (signal) => readFiles(files, signal) };
