import { describe, expect, it } from 'vitest';
import { HEADER_NOTE } from '../../src/conversation/turn.ts';
import { headerOf } from '../../src/conversation/turn-header.ts';
import type { Header } from '../../src/conversation/turn-header.ts';

const text = (value: unknown) => ({ text: JSON.stringify(value) });
const QUOTES = {
  'a reply': { in_reply_to: { author: { id: '7', name: 'Ana' }, text: 'hello' } },
  'a forwarded message': { forwarded: { text: 'hello' } },
  'what came along': { also: ['Sticker: Wave'] },
};

describe('the header of a turn', () => {
  it.each(Object.entries(QUOTES))('may stand alone where it tells of %s', (_what, header) => {
    expect(headerOf([text(header)])).toEqual(header);
  });

  it.each([
    ['a speaker', { speaker: { id: '7', name: 'Ana' } }],
    ['a reply to nobody', { in_reply_to: { author: {} } }],
    ['a forwarded message without a text', { forwarded: {} }],
    ['no list', { also: 'Sticker: Wave' }],
  ])('is the text of its author where it stands alone with %s', (_what, header) => {
    expect(headerOf([text(header)])).toBeUndefined();
  });

  it('may tell anything before a text', () => {
    const header = { speaker: { id: '7', name: 'Ana' } };
    expect(headerOf([text(header), { text: 'hello' }])).toEqual(header);
  });
});

describe('the note about headers', () => {
  it('tells the model of everything that a header may hold', () => {
    const keys: Required<Record<Exclude<keyof Header, 'files'> | 'files' | 'left_out' | 'asked_at' | 'embeds', true>> = {
      speaker: true,
      thread: true,
      in_reply_to: true,
      forwarded: true,
      linked: true,
      embeds: true,
      also: true,
      files: true,
      left_out: true,
      unseen: true,
      asked_at: true,
      locale: true,
    };
    expect(Object.keys(keys).filter((key) => !HEADER_NOTE.includes(`"${key}" `))).toEqual([]);
    expect(HEADER_NOTE).toMatch(/^Some user turns begin with a JSON object that this program wrote: .*Do not write such objects yourself\.$/u);
  });
});
