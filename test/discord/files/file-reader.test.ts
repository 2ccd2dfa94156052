import { createServer } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createByteRoom } from '../../../src/conversation/byte-room.ts';
import { createFileReader } from '../../../src/discord/files/file-reader.ts';
import { startCdn } from './cdn-stand-in.ts';
import { compound, docx, gif, jpeg, pdf, plain, png, utf8, webp, xlsx, zip } from './samples.ts';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ReadFiles } from '../../../src/conversation/question.ts';
import type { FileReaderOptions, IncomingFile } from '../../../src/discord/files/file-reader.ts';
import type { CdnStandIn } from './cdn-stand-in.ts';

const MEGABYTE = 1024 * 1024;
const never = new AbortController().signal;
let cdn: CdnStandIn;

beforeEach(async () => {
  cdn = await startCdn();
});
afterEach(() => cdn.close());

const read = (files: readonly IncomingFile[], options: Partial<FileReaderOptions> = {}, signal = new AbortController().signal): Promise<ReadFiles> =>
  createFileReader({ cdnUrls: [cdn.url], ...options })(files, signal);

const kinds = ({ files }: ReadFiles): string[] =>
  files.map(({ block }) => ('image' in block ? block.image.format : block.document.format));

const reasonFor = async (file: IncomingFile, options?: Partial<FileReaderOptions>): Promise<string | undefined> => {
  const { files, skipped } = await read([file], options);
  expect(files).toEqual([]);
  expect(skipped).toHaveLength(1);
  return skipped[0]?.reason;
};

describe('files of a question', () => {
  it('are read by what their bytes say, in their order', async () => {
    const result = await read([
      cdn.add('a.png', png()),
      cdn.add('b.txt', jpeg()),
      cdn.add('c.gif', gif(), { contentType: 'application/pdf' }),
      cdn.add('d.webp', webp()),
      cdn.add('e.png', pdf(), { contentType: 'image/png' }),
      cdn.add('f.docx', docx()),
      cdn.add('g.xlsx', xlsx()),
      cdn.add('h.xls', compound()),
      cdn.add('i.py', utf8('print("é")')),
    ]);
    expect(kinds(result)).toEqual(['png', 'jpeg', 'gif', 'webp', 'pdf', 'docx', 'xlsx', 'xls', 'txt']);
    expect(result.files[0]).toEqual({ name: 'a.png', block: { image: { format: 'png', source: { bytes: png() } } } });
    expect(result.files[8]).toEqual({
      name: 'i.py',
      block: { document: { format: 'txt', name: 'document', source: { bytes: utf8('print("é")') } } },
    });
    expect(result.skipped).toEqual([]);
    expect(cdn.mostAtOnce()).toBeLessThanOrEqual(4);
  });

  it('keep their order when the first comes last', async () => {
    const slow = cdn.answer('slow.txt', (response) => setTimeout(() => response.end('slow'), 150));
    const result = await read([slow, cdn.add('bad.zip', zip(['a'])), cdn.add('fast.txt', utf8('fast'))]);
    expect(result.files.map(({ name }) => name)).toEqual(['slow.txt', 'fast.txt']);
    expect(result.skipped).toEqual([{ name: 'bad.zip', reason: 'archives cannot be read' }]);
  });

  it('have names that are one clean line', async () => {
    const address = cdn.add('x.txt', utf8('x')).url;
    const result = await read([
      { name: 'Größe\n\u202Etxt.exe', url: address, size: 1 },
      { name: '\u200B', url: address, size: 1 },
      { name: 'a\u0000b', url: 'nowhere', size: 1 },
    ]);
    expect(result.files.map(({ name }) => name)).toEqual(['Größe txt.exe', 'a file']);
    expect(result.skipped).toEqual([{ name: 'a b', reason: 'it does not come from Discord' }]);
  });

  it('are told apart by the extension of the address, or else of the name', async () => {
    const { url, size } = cdn.add('sheet.csv', utf8('a,b'));
    const bare = cdn.add('bare', utf8('# a'));
    expect(kinds(await read([{ name: 'Übersicht v1.2', url, size }, { ...bare, name: 'notes.md' }]))).toEqual(['csv', 'md']);
  });

  it('of no question are none', async () => {
    expect(await read([])).toEqual({ files: [], skipped: [] });
  });
});

describe('a file is fetched from nowhere else', () => {
  it.each([
    (port: number) => `http://127.0.0.1:${port}/cdn/icons/1/2/a.txt`,
    (port: number) => `http://127.0.0.1:${port}/attachments/1/1/a.txt`,
    (port: number) => `http://127.0.0.1:${port}/cdn/attachments/../../secret.txt`,
    (port: number) => `http://127.0.0.1:${port}/cdn/attachments/%2e%2e/%2e%2e/secret.txt`,
    (port: number) => `http://127.0.0.1:${port}/cdn/attachments/..%2f..%2fsecret.txt`,
    (port: number) => `http://user:secret@127.0.0.1:${port}/cdn/attachments/1/1/a.txt`,
    (port: number) => `http://127.0.0.1:${port}@localhost:${port}/cdn/attachments/1/1/a.txt`,
    (port: number) => `http://localhost:${port}/cdn/attachments/1/1/a.txt`,
    (port: number) => `https://127.0.0.1:${port}/cdn/attachments/1/1/a.txt`,
    () => 'data:text/plain,hello',
    () => 'not an address',
  ])('%s', async (address) => {
    cdn.add('a.txt', utf8('hello'));
    expect(await reasonFor({ name: 'a.txt', url: address(cdn.port), size: 5 })).toBe('it does not come from Discord');
    expect(cdn.asked).toEqual([]);
  });

  it('also when the store redirects', async () => {
    let wasAsked = false;
    const elsewhere = createServer((_request, response) => {
      wasAsked = true;
      response.end('secret');
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    const { port } = elsewhere.address() as AddressInfo;
    for (const status of [301, 302, 303, 307, 308]) {
      const file = cdn.answer('a.txt', (response) => response.writeHead(status, { location: `http://127.0.0.1:${port}/` }).end());
      expect(await reasonFor(file)).toBe('Discord could not deliver it');
    }
    const inside = cdn.add('b.txt', utf8('b'));
    const file = cdn.answer('a.txt', (response) => response.writeHead(302, { location: inside.url }).end());
    expect(await reasonFor(file)).toBe('Discord could not deliver it');
    expect(wasAsked).toBe(false);
    expect(cdn.asked).toHaveLength(6);
    await new Promise((resolve) => elsewhere.close(resolve));
  });
});

describe('a file that is too large', () => {
  it.each([
    ['it is larger than 4.5 MB', 'a.pdf', 4.5],
    ['it is larger than 3.75 MB', 'a.png', 3.75],
    ['it is larger than 4.5 MB', 'a.ts', 4.5],
    ['audio and video cannot be read', 'a.mp4', 4.5],
    ['audio and video cannot be read', 'a.ogg', 30],
    ['archives cannot be read', 'a.zip', 8],
    ['programs cannot be read', 'a.exe', 8],
  ])('is not asked for: %s (%s)', async (reason, name, megabytes) => {
    expect(await reasonFor(cdn.add(name, pdf(), { size: megabytes * MEGABYTE + 1 }))).toBe(reason);
    expect(cdn.asked).toEqual([]);
  });

  it('is not read when its length is told', async () => {
    let wasCut = false;
    const file = cdn.answer('a.pdf', (response) => {
      response.writeHead(200, { 'content-length': 50 * MEGABYTE });
      response.on('close', () => (wasCut = !response.writableFinished));
      response.write(pdf());
    });
    expect(await reasonFor(file)).toBe('it is larger than 4.5 MB');
    await expect.poll(() => wasCut).toBe(true);
  });

  it('is cut off when it has no end', async () => {
    let sent = 0;
    const file = cdn.answer('a.txt', (response) => {
      const chunk = Buffer.alloc(64 * 1024, 'a');
      const more = (): void => {
        while (!response.destroyed) {
          sent += chunk.length;
          if (!response.write(chunk)) break;
        }
      };
      response.on('drain', more);
      more();
    });
    expect(await reasonFor(file)).toBe('it is larger than 4.5 MB');
    await expect.poll(() => cdn.asked.length).toBe(1);
    await wait(50);
    const before = sent;
    await wait(50);
    expect(sent).toBe(before);
    expect(sent).toBeLessThan(20 * MEGABYTE);
  });

  it('is cut off when it unpacks to too much', async () => {
    const bomb = gzipSync(Buffer.alloc(100 * MEGABYTE, 'a'));
    const file = cdn.answer('a.txt', (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb));
    expect(await reasonFor(file)).toBe('it is larger than 4.5 MB');
  });

  it('is scaled down when it is an image and a scaler is there', async () => {
    const large = jpeg(9_000, 9_000);
    const scaleImage: FileReaderOptions['scaleImage'] = async () => ({ format: 'jpeg', bytes: jpeg(2_000, 2_000) });
    expect(await reasonFor(cdn.add('a.jpg', large))).toBe('it is wider or higher than 8000 pixels');
    expect(kinds(await read([cdn.add('a.jpg', large)], { scaleImage }))).toEqual(['jpeg']);
    expect(await reasonFor(cdn.add('a.jpg', large, { size: 26 * MEGABYTE }), { scaleImage })).toBe('it is larger than 25 MB');
    const claimed = plain(Buffer.concat([pdf(), Buffer.alloc(6 * MEGABYTE)]));
    expect(await reasonFor(cdn.add('a.jpg', claimed), { scaleImage })).toBe('it is larger than 4.5 MB');
  });
});

describe('a file that does not arrive', () => {
  it.each([
    [404, 'Discord does not have it any more'],
    [403, 'Discord does not have it any more'],
    [500, 'Discord could not deliver it'],
    [206, 'Discord could not deliver it'],
    [204, 'Discord could not deliver it'],
  ])('is skipped: status %i', async (status, reason) => {
    expect(await reasonFor(cdn.answer('a.txt', (response) => response.writeHead(status).end(status === 204 ? undefined : 'text')))).toBe(reason);
  });

  it.each([
    ['an error of the store', (response: ServerResponse) => response.writeHead(503).end()],
    ['too many requests', (response: ServerResponse) => response.writeHead(429, { 'retry-after': '1' }).end()],
    ['a body that is cut off', (response: ServerResponse) => response.writeHead(200, { 'content-length': 100 }).write('half', () => response.destroy())],
    ['a connection that is lost', (response: ServerResponse) => response.destroy()],
  ])('is asked for once more after %s', async (_what, fail) => {
    let times = 0;
    const file = cdn.answer('a.txt', (response) => {
      times += 1;
      if (times === 1) fail(response);
      else response.end('whole');
    });
    const { files, skipped } = await read([file]);
    expect([files.length, skipped, times]).toEqual([1, [], 2]);
  });

  it.each([404, 403, 400, 302])('is not asked for again after status %i', async (status) => {
    let times = 0;
    await reasonFor(
      cdn.answer('a.txt', (response) => {
        times += 1;
        response.writeHead(status).end();
      }),
    );
    expect(times).toBe(1);
  });

  it('is skipped when its body ends too soon', async () => {
    const file = cdn.answer('a.txt', (response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('half');
      setTimeout(() => response.destroy(), 20);
    });
    expect(await reasonFor(file)).toBe('it did not arrive');
  });

  it('is skipped when nobody answers', async () => {
    const file = cdn.add('a.txt', utf8('a'));
    const closed = await startCdn();
    await closed.close();
    const url = file.url.replace(cdn.url, closed.url);
    expect(await reasonFor({ ...file, url }, { cdnUrls: [closed.url] })).toBe('it did not arrive');
  });

  it.each([
    ['its head', () => {}],
    ['its body', (response: { readonly write: (text: string) => unknown }) => void response.write('a')],
  ])('is skipped when %s takes too long', async (_part, handler) => {
    const file = cdn.answer('a.txt', handler);
    expect(await reasonFor(file, { timeoutMs: 60 })).toBe('it took too long to read');
  });

  it('does not hold up the others for ever', async () => {
    const slow = Array.from({ length: 9 }, (_, index) => cdn.answer(`${index}.txt`, () => {}));
    // Each alone would be waited for until the test has failed.
    const { skipped } = await read([...slow, cdn.add('last.txt', utf8('x'))], { timeoutMs: 100_000, wholeTimeoutMs: 100 });
    expect(skipped.map(({ reason }) => reason)).toEqual(Array.from({ length: 10 }, () => 'it took too long to read'));
    expect(cdn.asked).toHaveLength(4);
  });

  it('is skipped when the question ends meanwhile', async () => {
    const controller = new AbortController();
    const reading = read([cdn.answer('a.txt', () => {}), cdn.answer('b.txt', (response) => void response.write('b'))], {}, controller.signal);
    await expect.poll(() => cdn.asked.length).toBe(2);
    controller.abort(new Error('stopped'));
    expect((await reading).skipped.map(({ reason }) => reason)).toEqual(['it was not needed any more', 'it was not needed any more']);
    expect((await read([cdn.add('c.txt', utf8('c'))], {}, controller.signal)).skipped[0]?.reason).toBe('it was not needed any more');
    expect(cdn.asked).toHaveLength(2);
  });

  it('is skipped when it is empty', async () => {
    expect(await reasonFor(cdn.add('a.txt', utf8('')))).toBe('it is empty');
    expect(cdn.asked).toEqual([]);
    expect(await reasonFor(cdn.add('a.txt', utf8(''), { size: 5 }))).toBe('it is empty');
  });
});

describe('too many files', () => {
  it('are skipped beyond five documents', async () => {
    const files = Array.from({ length: 7 }, (_, index) => cdn.add(`${index}.pdf`, pdf()));
    const result = await read([...files, cdn.add('a.png', png()), cdn.add('a.py', utf8('print()'))]);
    expect(result.files.map(({ name }) => name)).toEqual(['0.pdf', '1.pdf', '2.pdf', '3.pdf', '4.pdf', 'a.png', 'a.py']);
    expect(result.skipped).toEqual(['5.pdf', '6.pdf'].map((name) => ({ name, reason: 'there are more than 5 documents' })));
  });

  it('are not skipped where they are small texts, however many a question may have', async () => {
    const names = ['a.ts', 'b.go', 'Makefile', '.env.example', 'e.sql', 'f.yaml', 'g.rs', 'h.c', 'i.h', 'j.css', 'k.html', 'l.md', 'm.csv', 'n.json', 'o.toml', 'p.sh', 'q.py', 'r.rb', 's.kt', 't.lua'];
    const result = await read(names.map((name) => cdn.add(name, utf8(`content of ${name}`))));
    expect(result.files.map(({ name }) => name)).toEqual(names);
    expect(result.skipped).toEqual([]);
  });

  it('are skipped beyond what a model reads of text', async () => {
    const long = utf8('x'.repeat(400_000));
    const result = await read(Array.from({ length: 8 }, (_, index) => cdn.add(`${index}.log`, long)));
    expect(result.files).toHaveLength(5);
    expect(new Set(result.skipped.map(({ reason }) => reason))).toEqual(new Set(['all text files together are larger than 2 MB']));
  });

  it('are not asked for beyond twenty', async () => {
    const result = await read(Array.from({ length: 23 }, (_, index) => cdn.add(`${index}.png`, png())));
    expect(result.files).toHaveLength(20);
    expect(result.skipped.map(({ name }) => name)).toEqual(['20.png', '21.png', '22.png']);
    expect(new Set(result.skipped.map(({ reason }) => reason))).toEqual(new Set(['there are more than 20 files']));
    expect(cdn.asked).toHaveLength(20);
  });

  it('are skipped beyond what one request carries', async () => {
    const large = png(1, 1, 3.5 * MEGABYTE);
    const result = await read(Array.from({ length: 12 }, (_, index) => cdn.add(`${index}.png`, large)));
    expect(result.files.map(({ name }) => name)).toEqual(['0.png', '1.png', '2.png']);
    expect(new Set(result.skipped.map(({ reason }) => reason))).toEqual(new Set(['all files together are larger than 14 MB']));
    expect(cdn.asked.length).toBeLessThan(10);
  });
});

describe('files of several questions', () => {
  it('wait until there is room for them in memory, and take no more than they need', async () => {
    const room = createByteRoom(1_000);
    const readInRoom = createFileReader({ cdnUrls: [cdn.url], room });
    const first = await readInRoom([cdn.add('a.txt', utf8('x'.repeat(400)), { size: 900 })], never);
    const second = await readInRoom([cdn.add('b.txt', utf8('x'.repeat(500)))], never);
    const third = readInRoom([cdn.add('c.txt', utf8('x'.repeat(400)))], never);
    await new Promise((resolve) => setImmediate(resolve));
    expect(cdn.asked.some((address) => address.includes('c.txt'))).toBe(false);
    second.room?.[Symbol.dispose]();
    expect((await third).files).toHaveLength(1);
    expect(first.files).toHaveLength(1);
  });

  it('are given up when their question ends while they wait', async () => {
    const room = createByteRoom(1_000);
    const readInRoom = createFileReader({ cdnUrls: [cdn.url], room });
    using _ = await room.take(1_000, never);
    const controller = new AbortController();
    const waiting = readInRoom([cdn.add('a.txt', utf8('x'))], controller.signal);
    controller.abort(new Error('stopped'));
    expect(await waiting).toEqual({ files: [], skipped: [{ name: 'a.txt', reason: 'it was not needed any more' }] });
  });
});
