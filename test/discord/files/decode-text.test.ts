import { execFileSync } from 'node:child_process';
import * as fc from '../../property.ts';
import { describe, expect, it } from 'vitest';
import { documentContent } from '../../../src/discord/files/document-content.ts';
import { plain, utf8 } from './samples.ts';

/** What a file's bytes become. */
const read = async (bytes: Uint8Array, contentType?: string): Promise<string> =>
  new TextDecoder('utf-8', { ignoreBOM: true }).decode((await documentContent(bytes, 'txt', contentType)).bytes);

const hex = (text: string): Uint8Array => plain(Buffer.from(text, 'hex'));
const latin1 = (text: string): Uint8Array => plain(Buffer.from(text, 'latin1'));

describe('a text that says nothing of its charset', () => {
  it.each([
    ['Shift-JIS', 'これはテストです。日本語の文章を読む', '82b182ea82cd83658358836782c582b7814293fa967b8cea82cc95b68fcd82f093c782de'],
    ['a few words of Shift-JIS', 'こんにちは世界', '82b182f182c982bf82cd90a28a45'],
    ['GB 18030', '这是一个测试文件，里面有中文。', 'd5e2cac7d2bbb8f6b2e2cad4cec4bcfea3acc0efc3e6d3d0d6d0cec4a1a3'],
    ['EUC-KR', '안녕하세요', 'bec8b3e7c7cfbcbcbfe4'],
    ['Windows-1251', 'Привет, как дела?', 'cff0e8e2e5f22c20eae0ea20e4e5ebe03f'],
    ['Windows-1252', 'naïve café – “quoted” 50 €', '6e61ef766520636166e92096209371756f746564942035302080'],
    ['a word of Windows-1252', 'Größe', '4772f6df65'],
  ])('is read as what is likeliest: %s', async (_name, text, bytes) => {
    expect(await read(hex(bytes))).toBe(text);
  });

  it('is UTF-8 where it can be, with single bytes that are damaged', async () => {
    const whole = 'Straße, Größe, Übung, naïve, 日本語 und noch mehr davon. '.repeat(3);
    const damaged = Buffer.from(utf8(whole));
    damaged[damaged.indexOf('noch')] = 0xff;
    expect(await read(plain(damaged))).toBe(whole.replace('noch', '\uFFFDoch'));
  });

  it.each([
    ['a bad byte among few letters', '4772c3b6c39f653a2035ff206b67', 'Größe: 5\uFFFD kg'],
    ['one that was cut at its end', '636166c3a920617520636166c3', 'café au caf\uFFFD'],
    ['one that was cut at its beginning', 'a420c3bc62657220416c6c65732e', '\uFFFD über Alles.'],
    ['a bad byte behind Chinese', 'e4bda0e5a5bd2c206f6bff', '你好, ok\uFFFD'],
  ])('is UTF-8 where it is short, too: %s', async (_name, bytes, text) => {
    expect(await read(hex(bytes))).toBe(text);
    expect(await read(plain(Buffer.concat([hex(bytes), Buffer.alloc(64)])), 'text/plain; charset=utf-8')).toBe(text);
  });

  it('may be padded with zeros, or have a hole', async () => {
    expect(await read(plain(Buffer.concat([utf8('name=Größe\n'), Buffer.alloc(4_000)])))).toBe('name=Größe\n');
    expect(await read(plain(Buffer.concat([utf8('before\n'), Buffer.alloc(512), utf8('after\n')])))).toBe('before\nafter\n');
    expect(await read(plain(Buffer.concat([latin1('Gr\u00F6\u00DFe'), Buffer.alloc(7)])))).toBe('Größe');
  });

  it('is UTF-16 where every other byte is zero', async () => {
    const text = 'Windows wrote this, line by line.\r\nWithout a mark.';
    expect(await read(plain(Buffer.from(text, 'utf16le')))).toBe(text);
    expect(await read(plain(Buffer.from(text, 'utf16le').swap16()))).toBe(text);
  });
});

describe('a text that says what its charset is', () => {
  it.each([
    ['by a mark of UTF-8', 'efbbbf4772c3b6c39f65', undefined],
    ['by a mark of UTF-16', 'fffe47007200f600df006500', undefined],
    ['by a mark of UTF-32', 'fffe00004700000072000000f6000000df00000065000000', undefined],
    ['by a mark of UTF-32, the other way round', '0000feff0000004700000072000000f6000000df00000065', undefined],
    ['to Discord', '4772f6df65', 'text/plain; charset=ISO-8859-1'],
  ])('is read so: %s', async (_name, bytes, contentType) => {
    expect(await read(hex(bytes), contentType)).toBe('Größe');
  });

  it('is read so where that is no guess', async () => {
    expect(await read(hex('cdc1d3d3d4d2cfcacbc9'), 'text/plain; charset=windows-1251')).toBe('НБУУФТПКЛЙ');
    expect(await read(hex('cdc1d3d3d4d2cfcacbc9'), 'text/plain; charset="koi8-r"')).toBe('масстройки');
    expect(await read(hex('1b24422433246c244f1b2842'))).toBe('これは');
  });

  it('is read otherwise where that cannot be', async () => {
    expect(await read(utf8('Größe'), 'text/plain; charset=utf-16')).toBe('Größe');
    expect(await read(hex('4772f6df65'), 'text/plain; charset=utf-8')).toBe('Größe');
    expect(await read(utf8('日本語'), 'text/plain; charset=no-such-thing')).toBe('日本語');
  });
});

describe('what is no text', () => {
  it('is refused by what it is', async () => {
    const program = execFileSync('cat', [process.execPath], { maxBuffer: 1 << 30 }).subarray(0, 100_000);
    await expect(read(plain(program))).rejects.toThrow('programs cannot be read');
    await expect(read(latin1(`SQLite format 3\0${'\0'.repeat(80)}`))).rejects.toThrow('databases cannot be read');
    await expect(read(latin1(`\0\u0001\0\0\0\u0010${'\u0001\u0002\u0003'.repeat(40)}`))).rejects.toThrow('fonts cannot be read');
  });

  it('is refused where nobody knows what it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 400, maxLength: 2_000 }), async (bytes) => {
        bytes.set([1, 2, 3, 5]);
        for (let at = 4; at < bytes.length; at += 20) bytes[at] = 0x11;
        await expect(documentContent(bytes, 'bin')).rejects.toThrow(/cannot be read/u);
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    ['by a reference', '<</Size 9/Root 1 0 R/Encrypt 8 0 R/ID[<00><00>]>>'],
    ['in place', '<</Encrypt <</Filter/Standard/V 4>> /Root 1 0 R>>'],
    ['over several lines', '<<\n/Encrypt\n 12 0 R\n>>'],
  ])('a PDF with a password is told as such: %s', async (_name, trailer) => {
    await expect(documentContent(latin1(`%PDF-1.7\n1 0 obj<<>>endobj\ntrailer${trailer}\n%%EOF`), 'pdf')).rejects.toThrow('it is protected by a password');
    const harmless = latin1('%PDF-1.7\n(How /Encrypted files work)\n/EncryptMetadata true\ntrailer<</Root 1 0 R>>\n%%EOF');
    expect((await documentContent(harmless, 'pdf')).format).toBe('pdf');
  });
});
