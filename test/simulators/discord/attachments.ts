import { createHmac, randomBytes } from 'node:crypto';
import type { FileToSend } from './api.ts';
import type { Clock } from './clock.ts';
import type { Snowflakes } from './snowflakes.ts';
import { AttachmentRecord } from './records.ts';

const LIFETIME_SECONDS = 24 * 60 * 60;

const contentTypes: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  pdf: 'application/pdf',
  txt: 'text/plain; charset=utf-8',
  md: 'text/markdown; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
  json: 'application/json; charset=utf-8',
  html: 'text/html; charset=utf-8',
  js: 'application/javascript; charset=utf-8',
  py: 'text/x-python; charset=utf-8',
  ogg: 'audio/ogg',
  mp3: 'audio/mpeg',
  mp4: 'video/mp4',
  zip: 'application/zip',
};

/** The CDN: attachments under addresses that are signed and end after a day. */
export class AttachmentStore {
  readonly #clock: Clock;
  readonly #ids: Snowflakes;
  readonly #key = randomBytes(32);
  readonly #byPath = new Map<string, AttachmentRecord>();
  readonly #paths = new WeakMap<AttachmentRecord, string>();
  /** Known once the server listens. */
  cdnUrl = '';

  constructor(clock: Clock, ids: Snowflakes) {
    this.#clock = clock;
    this.#ids = ids;
  }

  add(channelId: string, file: FileToSend, ephemeral = false): AttachmentRecord {
    const bytes = typeof file.bytes === 'string' ? Buffer.from(file.bytes) : file.bytes;
    const extension = /\.(?<extension>\w+)$/.exec(file.name)?.groups?.['extension']?.toLowerCase();
    const { description } = file;
    const attachment = new AttachmentRecord(
      {
        id: this.#ids.next(),
        name: file.name.replaceAll(/[^\w.-]/g, '_'),
        contentType: file.contentType ?? (extension === undefined ? undefined : contentTypes[extension]),
        description,
        bytes,
        ephemeral,
        ...(file.voice === undefined ? {} : { voice: file.voice }),
      },
      (attachment) => this.#sign(attachment),
    );
    const path = `/${ephemeral ? 'ephemeral-attachments' : 'attachments'}/${channelId}/${attachment.id}/${attachment.name}`;
    this.#byPath.set(path, attachment);
    this.#paths.set(attachment, path);
    return attachment;
  }

  forget(attachments: readonly AttachmentRecord[]): void {
    for (const attachment of attachments) this.#byPath.delete(this.#paths.get(attachment) ?? '');
  }

  /** The file at an address, if its signature is right and still good. */
  find(path: string, query: URLSearchParams): AttachmentRecord | undefined {
    const [expires, issued, signature] = [query.get('ex'), query.get('is'), query.get('hm')];
    if (!expires || !issued || !signature || this.#signature(path, expires, issued) !== signature) return undefined;
    return Number.parseInt(expires, 16) * 1000 > this.#clock.now() ? this.#byPath.get(path) : undefined;
  }

  #sign(attachment: AttachmentRecord): string {
    const path = this.#paths.get(attachment) ?? '';
    const issuedAt = Math.floor(this.#clock.now() / 1000);
    const issued = issuedAt.toString(16);
    const expires = (issuedAt + LIFETIME_SECONDS).toString(16);
    return `${this.cdnUrl}${path}?ex=${expires}&is=${issued}&hm=${this.#signature(path, expires, issued)}&`;
  }

  #signature(path: string, expires: string, issued: string): string {
    return createHmac('sha256', this.#key).update(`${path} ${expires} ${issued}`).digest('hex');
  }
}
