import { describe, expect, it } from 'vitest';
import { headerOf } from '../../src/conversation/turn-header.ts';

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
