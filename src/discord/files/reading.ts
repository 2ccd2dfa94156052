import type { Attachment } from 'discord.js';
import type { Question } from '../../conversation/question.ts';
import type { FileReader } from './file-reader.ts';

/** How a question comes by the files that Discord says belong to it. Nothing is fetched before its turn has come. */
export const reading = (attachments: Iterable<Attachment>, readFiles: FileReader): Pick<Question, 'readFiles'> => {
  const incoming = Array.from(attachments, ({ name, url, size, contentType }) => ({ name, url, size, contentType: contentType ?? undefined }));
  return incoming.length === 0 ? {} : { readFiles: (signal) => readFiles(incoming, signal) };
};
