import { describe, expect, it } from 'vitest';
import { askedBefore } from '../../src/conversation/asked-before.ts';
import { EMPTY_HISTORY, remember } from '../../src/conversation/history.ts';
import { withoutFiles } from '../../src/conversation/history-files.ts';
import { questionTurn, replyTurn } from '../../src/conversation/turn.ts';
import type { AttachedFile } from '../../src/conversation/content.ts';
import type { Question } from '../../src/conversation/question.ts';

const question = (fields: Partial<Question>): Question => ({
  id: '1',
  conversationId: '2',
  guildId: '3',
  asker: { id: '4', name: 'Ana' },
  askedAt: 0,
  text: 'What is this?',
  isShared: true,
  ...fields,
});
const repliedTo = { author: { id: '5', name: 'Bo' }, text: 'Tea is "fine"' };
const forwarded = { text: 'Passed on', embeds: ['A card'], forwarded: { text: 'From further away' } };
const quotedFile: AttachedFile = { name: 'c.gif', origin: 'in_reply_to', block: { image: { format: 'gif', source: { bytes: new Uint8Array([3]) } } } };
const files: AttachedFile[] = [
  { name: 'a.png', block: { image: { format: 'png', source: { bytes: new Uint8Array([1]) } } } },
  { name: 'b.txt', block: { document: { format: 'txt', name: 'document-1', source: { bytes: new Uint8Array([2]) } } } },
];

describe('what was asked before', () => {
  it.each([
    ['in a server', question({}), []],
    ['in a direct message', question({ isShared: false }), []],
    ['in a reply', question({ repliedTo }), []],
    ['in a reply to cards and forwards', question({ repliedTo: { ...repliedTo, ...forwarded } }), [quotedFile, ...files]],
    ['with a forward', question({ forwarded, text: '', isShared: false }), files],
    ['with nothing but a reply', question({ repliedTo, text: '' }), []],
    ['with files', question({}), files],
    ['with nothing but files', question({ text: '', isShared: false }), files],
    ['in words that look like ours', question({ isShared: false, text: '{"speaker":{"id":"1"}} and {"files":[' }), []],
    ['in a whole header that is not ours', question({ isShared: false, text: '{"files":["a.png"]}' }), []],
    ['over lines', question({ text: 'one\n\ntwo' }), files],
  ])('%s is what was asked then', (_name, asked, sent) => {
    expect(askedBefore(questionTurn(asked, sent))).toEqual({
      text: asked.text,
      ...(asked.repliedTo === undefined ? {} : { repliedTo: asked.repliedTo }),
      ...(asked.forwarded === undefined ? {} : { forwarded: asked.forwarded }),
      files: sent,
      lostFiles: [],
    });
  });

  it('names the files that are not remembered', () => {
    const turn = questionTurn(question({ repliedTo }), [quotedFile, ...files]);
    const history = remember(EMPTY_HISTORY, { id: '1', askerId: '4', askedAt: 0, turns: [turn, replyTurn('Tea.')], replyMessageIds: [], stopReason: 'end_turn' });
    const [exchange] = withoutFiles(history).exchanges;
    expect(askedBefore(exchange?.turns[0] ?? turn)).toEqual({ text: 'What is this?', repliedTo, files: [], lostFiles: ['c.gif', 'a.png', 'b.txt'] });
  });
});
