import { describe, expect, it } from 'vitest';
import { incomingFile } from '../../../src/discord/files/incoming-file.ts';

describe('the name of a file', () => {
  it.each([
    ['a.png', undefined, 'a.png'],
    ['a.png', null, 'a.png'],
    ['a.png', ' ', 'a.png'],
    ['_____.pdf', 'отчёт', 'отчёт.pdf'],
    ['_____.PDF', 'отчёт.pdf', 'отчёт.pdf'],
    ['_____', 'отчёт', 'отчёт'],
  ])('%s with the title %j is %s', (filename, title, name) => {
    expect(incomingFile({ filename, title, url: 'https://cdn.discordapp.com/attachments/1/2/x', size: 3 })).toEqual({
      name,
      url: 'https://cdn.discordapp.com/attachments/1/2/x',
      size: 3,
      contentType: undefined,
    });
  });
});
