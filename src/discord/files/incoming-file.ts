import type { FileOrigin } from '../../conversation/content.ts';
import type { IncomingFile } from './file-reader.ts';

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
