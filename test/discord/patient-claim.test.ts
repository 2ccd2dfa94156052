import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createIntake } from '../../src/discord/intake/intake.ts';
import { createPatientClaim } from '../../src/discord/intake/patient-claim.ts';
import { createSayInstead } from '../../src/discord/intake/say-instead.ts';
import { RESTARTING_TEXT, STORE_AWAY_TEXT, UNDECIDED_TEXT } from '../../src/discord/texts/answer-texts.ts';
import type { Claim, ClaimWait, Ledger, LedgerRow, Outcome } from '../../src/conversation/ledger.ts';
import type { Question } from '../../src/conversation/question.ts';
import type { ReplyTarget } from '../../src/discord/reply/reply-target.ts';

const ASKED_AT = 1_000_000;
const QUESTION = { id: '100', conversationId: 'c', asker: { id: 'ana', name: 'Ana' }, askedAt: ASKED_AT, text: 'why?', isShared: true } as Question;

/** One place in which a message can stand, a ledger that says nothing until it is told to, and a clock that is set by hand. */
const begin = ({ interaction, isShared = true, isQuiet = false, there }: { readonly interaction?: true; readonly isShared?: boolean; readonly isQuiet?: boolean; readonly there?: string } = {}) => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const messages = new Map<string, string>(there === undefined ? [] : [['900', there]]);
  const busy = { times: 0 };
  const direct: string[] = [];
  let ids = 500;
  const target = {
    place: { channelId: 'c', replyTo: '100', interaction: interaction && { id: '100' }, isPrivate: false, canSendMessages: true },
    showBusy: async () => void (busy.times += 1),
    notice: async ({ content }: { content: string }) => {
      if (messages.size > 0) return 'taken';
      ids += 1;
      messages.set(String(ids), content);
      return String(ids);
    },
    find: async (content: string) => {
      const found = [...messages].find(([, text]) => text === content);
      return found && { messageId: found[0] };
    },
    create: async (_part: number, { content }: { content: string }) => {
      const [first] = messages;
      if (first !== undefined) return { messageId: first[0], content: first[1] };
      messages.set('700', content);
      return { messageId: '700', content };
    },
    edit: async (_part: number, id: string, { content }: { content: string }) => {
      messages.set(id, content);
      return { messageId: id, content };
    },
    remove: async (_part: number, id: string) => void messages.delete(id),
  } as unknown as ReplyTarget;
  const ended: Outcome[] = [];
  const shown: string[] = [];
  const claim = { row: { questionId: '100' }, onDisk: Promise.resolve(), isOurs: async () => true, isInDoubt: () => false, shown: (id: string) => shown.push(id), end: (outcome: Outcome) => ended.push(outcome), release: () => undefined } as unknown as Claim;
  const claimed = Promise.withResolvers<Claim | undefined>();
  const [rows, at] = [{ row: undefined as Partial<LedgerRow> | undefined }, { waited: undefined as ClaimWait | undefined }];
  const ledger = {
    claim: (_question: Question, _place: object, _refusal: unknown, wait: ClaimWait) => {
      at.waited = wait;
      return claimed.promise;
    },
    find: async () => rows.row,
  } as unknown as Pick<Ledger, 'claim' | 'find'>;
  const intake = createIntake();
  let now = ASKED_AT + 100;
  const patient = createPatientClaim({ ledger, intake, isShared, isQuiet: () => isQuiet, writeDirectly: async (userId, content) => String(direct.push(`${userId}: ${content}`)), now: () => now });
  return {
    messages, busy, direct, ended, shown, claim, intake, target, patient, rows,
    wait: { heldUp: () => at.waited?.heldUp(), givenUp: () => at.waited?.givenUp() },
    decide: claimed.resolve,
    texts: () => [...messages.values()],
    pass: (ms: number) => vi.advanceTimersByTimeAsync(ms),
    later: (ms: number) => (now += ms),
    ask: () => patient.claim(QUESTION, target),
    refuse: () => patient.claim(QUESTION, target, { refusal: { text: 'Not here.', sign: '🚫' } }),
  };
};

describe('a claim that the store does not decide', () => {
  it('is nothing that anybody sees for as long as it may just be slow', async () => {
    const { ask, wait, pass, decide, texts, claim, busy } = begin();
    const asking = ask();
    wait.heldUp();
    await pass(3_900);
    expect([texts(), busy.times]).toEqual([[], 1]);
    decide(claim);
    expect(await asking).toEqual({ claim, noticeId: undefined });
    await pass(60_000);
    expect(texts()).toEqual([]);
  });

  it('is told, and what told it is handed to the answer', async () => {
    const { ask, wait, pass, decide, texts, claim, patient } = begin();
    const asking = ask();
    wait.heldUp();
    await pass(4_100);
    expect(texts()).toEqual([UNDECIDED_TEXT]);
    expect(patient.oldestHeldUp()).toBe('100');
    decide(claim);
    expect(await asking).toEqual({ claim, noticeId: '501' });
    expect(patient.oldestHeldUp()).toBeUndefined();
  });

  it('is told to whoever used a command before Discord stops waiting', async () => {
    const { ask, wait, pass, texts, busy } = begin({ interaction: true });
    void ask();
    wait.heldUp();
    await pass(1_100);
    expect([texts(), busy.times]).toEqual([[UNDECIDED_TEXT], 0]);
  });

  it('is not told where another process has begun its answer', async () => {
    const { ask, wait, pass, texts, decide } = begin({ there: 'It was a' });
    const asking = ask();
    wait.heldUp();
    await pass(10_000);
    wait.givenUp();
    await pass(10_000);
    decide(undefined);
    expect(await asking).toBeUndefined();
    expect(texts()).toEqual(['It was a']);
  });

  it('ends with a sentence when it is given up', async () => {
    const { ask, wait, pass, texts, decide } = begin();
    const asking = ask();
    wait.heldUp();
    await pass(4_100);
    wait.givenUp();
    decide(undefined);
    expect(await asking).toBeUndefined();
    await pass(10_000);
    expect(texts()).toEqual([STORE_AWAY_TEXT]);
  });

  it('ends with a word to its asker alone where failures are told so', async () => {
    const { ask, wait, pass, texts, decide, direct } = begin({ isQuiet: true });
    const asking = ask();
    wait.heldUp();
    await pass(10_000);
    expect([texts(), direct]).toEqual([[UNDECIDED_TEXT], []]);
    wait.givenUp();
    decide(undefined);
    await asking;
    await pass(100);
    expect([texts(), direct]).toEqual([[], [expect.stringContaining(STORE_AWAY_TEXT)]]);
  });

  it('is told to nobody where the question is not taken on', async () => {
    const { refuse, wait, pass, texts, decide, direct, busy } = begin();
    const asking = refuse();
    wait.heldUp();
    await pass(10_000);
    wait.givenUp();
    decide(undefined);
    await asking;
    await pass(100);
    expect([texts(), direct, busy.times]).toEqual([[], [], 0]);
  });

  it('is not given up over an answer that another process has written into the message', async () => {
    const { ask, wait, pass, texts, messages, decide } = begin();
    const asking = ask();
    wait.heldUp();
    await pass(4_100);
    messages.set('501', 'Certainly.');
    wait.givenUp();
    decide(undefined);
    await asking;
    await pass(10_000);
    expect(texts()).toEqual(['Certainly.']);
  });

  it('takes its message away where another process has answered beside it, and only then', async () => {
    const { ask, wait, pass, texts, decide, rows } = begin();
    const asking = ask();
    wait.heldUp();
    await pass(4_100);
    rows.row = { state: 'accepted', messageIds: [] };
    decide(undefined);
    await asking;
    await pass(10_000);
    expect(texts()).toEqual([UNDECIDED_TEXT]);
    rows.row = { state: 'delivered', messageIds: ['800'] };
    vi.useRealTimers();
    await expect.poll(texts).toEqual([]);
  });

  it('leaves its message to another process that has made it its answer', async () => {
    const { ask, wait, pass, texts, decide, rows } = begin();
    const asking = ask();
    wait.heldUp();
    await pass(4_100);
    rows.row = { state: 'running', messageIds: ['501'] };
    decide(undefined);
    await asking;
    await pass(60_000);
    expect(texts()).toEqual([UNDECIDED_TEXT]);
  });

  it('finds the message that a process that was killed has left, of a question that is not new', async () => {
    const { ask, decide, later, claim } = begin({ there: UNDECIDED_TEXT });
    later(60_000);
    decide(claim);
    expect(await ask()).toEqual({ claim, noticeId: '900' });
  });

  it('looks for none where nobody else shares the store, nor below a new question', async () => {
    for (const [isShared, ms] of [[false, 60_000], [true, 0]] as const) {
      const { ask, decide, later, claim } = begin({ isShared, there: UNDECIDED_TEXT });
      later(ms);
      decide(claim);
      expect(await ask()).toEqual({ claim, noticeId: undefined });
    }
  });

  it('is ended where it comes after its asker was told of a restart', async () => {
    const { ask, wait, pass, texts, decide, claim, intake, ended } = begin({ interaction: true });
    const asking = ask();
    wait.heldUp();
    await pass(1_100);
    intake.close();
    await pass(100);
    expect(texts()).toEqual([RESTARTING_TEXT]);
    decide(claim);
    expect(await asking).toBeUndefined();
    expect(ended).toHaveLength(1);
  });
});

describe('what is said instead of an answer', () => {
  it('takes the place of what another process said while it waited', async () => {
    const { target, claim, texts, ended } = begin({ there: UNDECIDED_TEXT });
    await createSayInstead(async () => 'direct')(claim, target, { content: 'Not here.' }, { state: 'refused', reason: 'settings' });
    expect(texts()).toEqual(['Not here.']);
    expect(ended).toHaveLength(1);
  });
});
