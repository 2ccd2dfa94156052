import { describe, expect, it } from 'vitest';
import { markOf, salvaged } from '../../src/store/ledger-record.ts';
import type { LedgerRow, Place } from '../../src/conversation/ledger.ts';

const place = (changes: Partial<Place> = {}): Place => ({ channelId: '500', replyTo: '42', interaction: undefined, isPrivate: false, canSendMessages: true, ...changes });
const rowAt = (changes: Partial<Place> = {}): LedgerRow => ({
  questionId: '42',
  conversationId: '500',
  askerId: '7',
  state: 'accepted',
  acceptedAt: 1_000,
  deadline: 2_000,
  attempts: 1,
  place: place(changes),
  messageIds: [],
  hadFiles: false,
});

describe('the mark of an open row', () => {
  it('says in which channel the question is, where it is a message that can be found there', () => {
    expect(markOf(rowAt())).toBe('500');
    expect(markOf(rowAt({ askedIn: '600' }))).toBe('600');
  });

  it('says no more than that it is open where the question is a command, or another message is replied to, or its channel has no id of Discord', () => {
    expect(markOf(rowAt({ replyTo: undefined }))).toBe('1');
    expect(markOf(rowAt({ replyTo: '41' }))).toBe('1');
    expect(markOf(rowAt({ channelId: 'somewhere' }))).toBe('1');
  });
});

describe('a row that cannot be read', () => {
  const rescued = (text: string, mark: string) => salvaged({ questionId: '42', text, mark, now: 5_000, youngMs: 1_000 })?.row;

  it('can be ended where its question is a message, whoever asked it', () => {
    expect(rescued('{"broken', '500')).toMatchObject({ questionId: '42', place: { channelId: '500', replyTo: '42' } });
    expect(rescued('{"questionId":"42","channelId":"500","replyTo":"42","broken', '1')).toMatchObject({ place: { channelId: '500', replyTo: '42' } });
  });

  it('can be ended where its question is a command, if it says who asked and where', () => {
    expect(rescued('{"askerId":"7","channelId":"500","broken', '1')).toMatchObject({ askerId: '7', place: { channelId: '500' } });
    expect(rescued('{"channelId":"500","broken', '1')).toBeUndefined();
    expect(rescued('{"askerId":"7","broken', '1')).toBeUndefined();
  });

  it('is left alone where it had ended', () => {
    for (const state of ['delivered', 'refused', 'failed']) expect(rescued(`{"state":"${state}","askerId":"7","channelId":"500","broken`, '500')).toBeUndefined();
  });
});
