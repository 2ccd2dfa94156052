import type { FileOrigin } from '../../conversation/content.ts';
import type { FileReader, IncomingFile } from './file-reader.ts';
import type { Question } from '../../conversation/question.ts';

/** An attachment in Discord's own words. @see https://docs.discord.com/developers/resources/message#attachment-object */
export interface AttachmentFields {
  readonly filename: string;
  readonly title?: string | null | undefined;
  readonly url: string;
  readonly size: number;
  readonly content_type?: string | null | undefined;
  /** Of voice messages. */
  readonly waveform?: string | null | undefined;
  readonly duration_secs?: number | null | undefined;
}

/** What people called a file: Discord's `filename` loses letters beyond ASCII, its `title` the extension. */
const givenName = ({ filename, title }: AttachmentFields): string => {
  const extension = /\.\w{1,12}$/u.exec(filename)?.[0] ?? '';
  if (title === undefined || title === null || title.trim() === '') return filename;
  return title.toLowerCase().endsWith(extension.toLowerCase()) ? title : `${title}${extension}`;
};

export const incomingFile = (attachment: AttachmentFields, origin?: FileOrigin): IncomingFile => ({
  name: givenName(attachment),
  url: attachment.url,
  size: attachment.size,
  contentType: attachment.content_type ?? undefined,
  ...(origin === undefined ? {} : { origin }),
});

type QuestionFiles = Pick<Question, 'readFiles' | 'filesAt'>;

/** How a question comes by the files that Discord says belong to it. Nothing is fetched before its turn has come. */
export const reading = (files: readonly IncomingFile[], readFiles: FileReader): QuestionFiles =>
  files.length === 0 ? {} : { readFiles: (signal, onCrowded, mostImages) => readFiles(files, signal, onCrowded, mostImages), filesAt: JSON.stringify(files) };

/** The same for files that another process was told of. Their addresses work for a day. @param filesAt as {@link reading} gave it */
export const readingAgain = (filesAt: string, readFiles: FileReader): QuestionFiles => reading(JSON.parse(filesAt) as IncomingFile[], readFiles);
