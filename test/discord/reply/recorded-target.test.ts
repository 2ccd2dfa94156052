import { describe, expect, it } from 'vitest';
import { createRecordedTarget } from '../../../src/discord/reply/recorded-target.ts';
import { TakenOver } from '../../../src/discord/rest/delivery-error.ts';
import { UNDECIDED_TEXT } from '../../../src/discord/texts/answer-texts.ts';
import { createFakePlace, discordError } from './fake-place.ts';
import type { Claim } from '../../../src/conversation/ledger.ts';
import type { ReplyTarget } from '../../../src/discord/reply/reply-target.ts';

/** A question of which the store does not tell any more whose it is, from its first message on. */
const begin = async (changes: Partial<ReplyTarget> = {}) => {
  const place = createFakePlace({ latencyMs: 0 });
  const state = { isInDoubt: false, hasYielded: false };
  const claim = {
    onDisk: Promise.resolve(),
    isOurs: async () => !state.hasYielded,
    isInDoubt: () => state.isInDoubt,
    yield: () => void (state.hasYielded = true),
    shown: () => undefined,
    removed: () => undefined,
  } as Partial<Claim> as Claim;
  const plain = place.target('1', changes);
  const target = createRecordedTarget(plain, claim);
  const { messageId } = await target.create(0, { content: 'Tea' });
  state.isInDoubt = true;
  return { plain, target, state, messageId, edit: (content: string) => target.edit(0, messageId, { content }), says: () => plain.read(messageId) };
};

describe('where the store does not tell whose a question is', () => {
  it('goes on while its first message says what was sent', async () => {
    const { edit, says, state, target, messageId } = await begin();
    await edit('Tea is');
    await edit('Tea is a plant.');
    expect(await says()).toBe('Tea is a plant.');
    await target.remove(0, messageId);
    expect(state.hasYielded).toBe(false);
  });

  it.each([
    ['something else', (plain: ReplyTarget, id: string) => plain.edit(0, id, { content: 'What another one knows of tea' })],
    ['nothing any more', (plain: ReplyTarget, id: string) => plain.remove(0, id)],
  ])('leaves it to whoever has it where that says %s', async (_what, happen) => {
    const { plain, edit, state, messageId } = await begin();
    await happen(plain, messageId);
    await expect(edit('Tea is')).rejects.toThrow(TakenOver);
    expect(state.hasYielded).toBe(true);
  });

  it('takes either text of an edit that was not answered for its own', async () => {
    let isLost = true;
    const { plain, target, says, messageId, state } = await begin();
    const edit = plain.edit.bind(plain);
    const lossy = createRecordedTarget(
      {
        ...plain,
        edit: async (...request) => {
          const sent = await edit(...request);
          if (isLost) throw new Error('no answer');
          return sent;
        },
      },
      { onDisk: Promise.resolve(), isOurs: async () => true, isInDoubt: () => true, yield: () => void (state.hasYielded = true), shown: () => undefined } as Partial<Claim> as Claim,
    );
    expect((await lossy.create(0, { content: 'Tea' })).messageId).toBe(messageId);
    await expect(lossy.edit(0, messageId, { content: 'Tea is' })).rejects.toThrow('no answer');
    await expect(lossy.edit(0, messageId, { content: 'Tea is' })).rejects.toThrow('no answer');
    isLost = false;
    await lossy.edit(0, messageId, { content: 'Tea is a plant.' });
    expect(await says()).toBe('Tea is a plant.');
    expect(state.hasYielded).toBe(false);
    expect(target.paceKey).toBe(plain.paceKey);
  });

  it('goes on where it may not read, and waits where Discord fails', async () => {
    let status = 403;
    const { edit, says, state } = await begin({ read: () => Promise.reject(discordError(status, status === 403 ? 50_001 : 0)) });
    await edit('Tea is');
    status = 503;
    await expect(edit('Tea is a plant.')).rejects.not.toThrow(TakenOver);
    expect(state.hasYielded).toBe(false);
    await expect(says()).rejects.toThrow();
  });

  it('takes the place of whoever only waits for it, and no other', async () => {
    for (const [there, isLeft] of [[UNDECIDED_TEXT, false], ['What another one knows of tea', true]] as const) {
      const place = createFakePlace({ latencyMs: 0 });
      let hasYielded = false;
      const claim = { onDisk: Promise.resolve(), isOurs: async () => true, isInDoubt: () => true, yield: () => void (hasYielded = true), shown: () => undefined } as Partial<Claim> as Claim;
      const plain = place.target('1');
      await plain.create(0, { content: there });
      const created = createRecordedTarget(plain, claim).create(0, { content: 'Tea' });
      await (isLeft ? expect(created).rejects.toThrow(TakenOver) : expect(created).resolves.toMatchObject({ content: UNDECIDED_TEXT }));
      expect(hasYielded).toBe(isLeft);
    }
  });
});
