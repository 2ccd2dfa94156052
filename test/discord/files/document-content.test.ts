import * as fc from '../../property.ts';
import { describe, expect, it } from 'vitest';
import { SkipFile } from '../../../src/discord/files/skip-file.ts';
import { documentContent } from '../../../src/discord/files/document-content.ts';
import { zipEntryNames } from '../../../src/discord/files/office-containers.ts';
import { compound, docx, pdf, plain, utf8, xlsx, zip } from './samples.ts';

const utf16 = (text: string, isBigEndian = false): Uint8Array => {
  const bytes = Buffer.from(`\uFEFF${text}`, 'utf16le');
  return plain(isBigEndian ? bytes.swap16() : bytes);
};

const hex = (text: string): Uint8Array => plain(Buffer.from(text.padEnd(80, '00'), 'hex'));

/** A container that names this stream, whose first sector begins so. */
const stream = (name: string, sector = ''): Uint8Array => plain(Buffer.concat([compound(), hex(sector), Buffer.from(name, 'utf16le'), Buffer.alloc(40)]));

const DAMAGED = 'it is damaged, or no document of that kind';
const APPLE = 'documents of Pages, Numbers and Keynote cannot be read, but they can be exported as PDF';

describe('a document', () => {
  it.each([
    ['pdf', 'pdf', pdf()],
    ['pdf', undefined, pdf()],
    ['pdf', 'txt', pdf()],
    ['pdf', 'pdf', utf8(`junk before it\n${new TextDecoder().decode(pdf())}`)],
    ['docx', 'docx', docx()],
    ['docx', 'pdf', docx()],
    ['docx', 'doc', docx()],
    ['docx', 'docx', zip(['[Content_Types].xml', 'word/document2.xml'])],
    ['xlsx', 'xlsx', xlsx()],
    ['xlsx', 'exe', xlsx()],
    ['doc', 'doc', compound()],
    ['doc', 'docx', stream('WordDocument', 'eca5c1000000000000000000')],
    ['doc', undefined, stream('WordDocument')],
    ['xls', 'doc', stream('Workbook', '0908040000000000e100')],
    ['xls', 'xls', compound()],
  ] as const)('is %s with the extension %s', async (format, extension, bytes) => {
    expect(await documentContent(bytes, extension)).toEqual({ format, bytes });
  });

  it.each([
    ['zeros', plain(new Uint8Array(300)), 'binary file'],
    ['zeros and blanks', utf8(`${'\0'.repeat(40)} \n`), 'binary file'],
    ['a web font', hex('774f4632000100000000'), 'fonts'],
    ['nothing but blanks', utf8(' \n\t'), 'it is empty'],
  ])('is called what it is: %s', async (_name, bytes, reason) => {
    await expect(documentContent(bytes, 'dat')).rejects.toThrow(reason);
  });

  it.each([
    ['html', 'html'],
    ['html', 'htm'],
    ['md', 'md'],
    ['csv', 'csv'],
    ['txt', 'txt'],
    ['txt', 'ts'],
    ['txt', 'log'],
    ['txt', 'json'],
    ['txt', 'svg'],
    ['txt', 'png'],
    ['txt', 'docx'],
    ['txt', 'constructor'],
    ['txt', undefined],
  ])('is %s when it is text with the extension %s', async (format, extension) => {
    const bytes = utf8('<svg>Größe, 日本語, 🙂</svg>\n');
    expect(await documentContent(bytes, extension)).toEqual({ format, bytes });
  });

  it('is UTF-8 without a mark, whatever Unicode it came in', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', minLength: 1 }), async (chance) => {
        const text = `x${chance.replaceAll('\0', '').toWellFormed()}`;
        for (const bytes of [utf8(text), utf8(`\uFEFF${text}`), utf16(text), utf16(text, true)]) {
          expect(new TextDecoder('utf-8', { ignoreBOM: true }).decode((await documentContent(bytes, 'txt')).bytes)).toBe(text);
        }
      }),
    );
  });

  it.each([
    ['it is empty', 'txt', new Uint8Array()],
    ['it is empty', 'txt', utf8(' \n\t\u200B\n')],
    ['it is empty', 'txt', utf8('\uFEFF')],
    ['it is longer than 400,000 characters', 'txt', utf8('a'.repeat(400_001))],
    ['it is larger than 4.5 MB', 'pdf', new Uint8Array(4.5 * 1024 * 1024 + 1)],
    ['archives cannot be read', 'zip', zip(['a.txt', 'word/notes.txt'])],
    ['archives cannot be read', undefined, zip([])],
    [DAMAGED, 'docx', zip(['a.txt'])],
    [DAMAGED, 'docx', zip([])],
    [DAMAGED, 'docx', docx().subarray(0, 60)],
    [DAMAGED, 'xlsx', xlsx().subarray(0, 200)],
    [DAMAGED, 'xlsm', xlsx().subarray(10)],
    [DAMAGED, 'docx', plain(new Uint8Array(3_000))],
    [DAMAGED, 'pdf', hex('00ff00fe')],
    [DAMAGED, 'doc', hex('d0cf11e0000000')],
    ['its image data is damaged', 'png', plain(new Uint8Array(300))],
    ['its image data is damaged', 'jpg', hex('ffd80000')],
    ['presentations cannot be read, but they can be saved as PDF', 'pptx', zip(['ppt/presentation.xml']).subarray(0, 60)],
    ['presentations cannot be read, but they can be saved as PDF', 'ppt', stream('PowerPoint Document')],
    ['OpenDocument files cannot be read, but they can be saved as PDF', 'ods', zip(['mimetype', 'content.xml']).subarray(0, 70)],
    [APPLE, 'pages', zip(['Index/Document.iwa', 'preview.jpg'])],
    [APPLE, 'numbers', zip(['Index.zip', 'Metadata/Properties.plist'])],
    [APPLE, 'key', zip(['Index/Document.iwa']).subarray(0, 50)],
    ['e-books cannot be read', 'epub', zip(['mimetype', 'META-INF/container.xml'])],
    ['e-books cannot be read', 'mobi', hex(`${'4100'.repeat(30)}424f4f4b4d4f4249`)],
    ['images of this kind cannot be read, only PNG, JPEG, GIF and WebP', 'heic', plain(new Uint8Array(300))],
    ['files of this kind cannot be read', 'vsdx', zip(['[Content_Types].xml', 'visio/document.xml'])],
    ['files of this kind cannot be read', 'msg', stream('__properties_version1.0')],
    ['it is protected by a password', 'docx', stream('EncryptedPackage')],
    ['it is protected by a password', 'pptx', stream('EncryptedPackage')],
    ['it is protected by a password', undefined, stream('EncryptedPackage')],
    ['it is protected by a password', 'doc', stream('WordDocument', 'eca5c1000000000000000001')],
    ['it is protected by a password', 'xls', stream('Workbook', `09080400000000002f00`)],
    ['archives cannot be read', 'gz', hex('1f8b08')],
    ['archives cannot be read', '7z', hex('377abcaf271c')],
    ['presentations cannot be read, but they can be saved as PDF', 'pptx', zip(['[Content_Types].xml', 'ppt/presentation.xml'])],
    ['OpenDocument files cannot be read, but they can be saved as PDF', 'odt', zip(['mimetype', 'content.xml'])],
    ['files of this kind cannot be read', 'msg', compound()],
    ['audio and video cannot be read', 'ogg', hex('4f67675300')],
    ['audio and video cannot be read', 'mp3', hex('494433040000')],
    ['audio and video cannot be read', 'mp4', hex('000000206674797069736f6d')],
    ['images of this kind cannot be read, only PNG, JPEG, GIF and WebP', 'heic', hex('000000206674797068656963')],
    ['images of this kind cannot be read, only PNG, JPEG, GIF and WebP', 'avif', hex('000000206674797061766966')],
    ['images of this kind cannot be read, only PNG, JPEG, GIF and WebP', 'bmp', hex('424d460000000000')],
    ['programs cannot be read', 'txt', hex('7f454c46')],
  ])('is refused: %s (%s)', async (reason, extension, bytes) => {
    await expect(documentContent(bytes, extension)).rejects.toThrow(new SkipFile(reason));
  });

  it('ends as content or as a reason, whatever the bytes', async () => {
    const starts = [docx(), xlsx(), pdf(), compound(), utf16('hello')];
    const damaged = fc.tuple(fc.constantFrom(...starts), fc.nat(), fc.uint8Array({ maxLength: 40 })).map(([start, at, rest]) => {
      const place = at % start.length;
      return new Uint8Array([...start.subarray(0, place), ...rest, ...start.subarray(place + rest.length)]);
    });
    await fc.assert(
      fc.asyncProperty(fc.oneof(damaged, fc.uint8Array({ maxLength: 200 })), fc.constantFrom('pdf', 'doc', 'docx', 'txt', undefined), async (bytes, extension) => {
        try {
          expect((await documentContent(bytes, extension)).bytes.length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(SkipFile);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("a zip file's directory", () => {
  it('gives the names', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme', minLength: 1 }), { maxLength: 20 }), (names) => {
        const wellFormed = names.map((name) => name.toWellFormed());
        expect(zipEntryNames(zip(wellFormed))).toEqual(wellFormed);
      }),
    );
  });
});
