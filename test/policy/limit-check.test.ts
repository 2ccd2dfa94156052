import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createLimitCheck } from '../../src/policy/limit-check.ts';
import { openLimitedLedger, questionOf } from '../store/limited-ledger.ts';
import type { LimitedLedger } from '../store/limited-ledger.ts';

const PLACE = { channelId: '100000000000000002', replyTo: undefined, interaction: undefined, isPrivate: false, canSendMessages: true };
const ASKED = questionOf('1', 'ana');

const opened: LimitedLedger[] = [];
afterEach(async () => {
  for (const { ledger, store } of opened.splice(0)) {
    await ledger.close();
    await store.close();
  }
});
/** Processes on one store, in which a member may ask once an hour. */
const processes = (count: number) => {
  const url = `sqlite://${join(mkdtempSync(join(tmpdir(), 'parley-')), 'store.sqlite')}`;
  return Array.from({ length: count }, () => {
    const limited = openLimitedLedger(url, 'member: 1 question an hour');
    opened.push(limited);
    return { ...limited, check: createLimitCheck(limited.limits, limited.counts, () => undefined) };
  });
};
type Process = NonNullable<ReturnType<typeof processes>[0]>;
const [RIGHT_AWAY, ELSEWHERE] = [false, true];

describe('what is counted of a question', () => {
  it('stays counted where it is heard of again while it is answered', async () => {
    const [{ ask, end, ledger, check }] = processes(1) as [Process];
    const claim = await ask('1', 'ana');
    if (claim === false) throw new Error('refused');
    check.withdraw?.(ASKED, RIGHT_AWAY);
    check.withdraw?.(ASKED, ELSEWHERE);
    end(claim, 10);
    await ledger.flush();
    expect(await ask('2', 'ana')).toBe(false);
  });

  it('stays counted where a button asked it in two processes, and one of them has it', async () => {
    const [one, other] = processes(2) as [Process, Process];
    for (const { check } of [one, other]) expect(await check.pressed?.(ASKED)).toBeUndefined();
    const claim = await one.ledger.claim(ASKED, PLACE);
    one.check.claimed?.(ASKED);
    other.check.withdraw?.(ASKED, ELSEWHERE);
    expect(other.limits.verdictOf('1')).toBeUndefined();
    if (claim === undefined) throw new Error('claimed before');
    one.end(claim, 10);
    await one.ledger.flush();
    expect(await one.ask('2', 'ana')).toBe(false);
  });

  it('is given back where a button asked it, and nothing could be opened for its answer', async () => {
    const [{ check, ask }] = processes(1) as [Process];
    await check.pressed?.(ASKED);
    check.withdraw?.(ASKED, RIGHT_AWAY);
    expect(await ask('2', 'ana')).not.toBe(false);
  });

  it('is counted once where a button is heard of twice', async () => {
    const [{ check, ledger, end, ask }] = processes(1) as [Process];
    await check.pressed?.(ASKED);
    const claim = await ledger.claim(ASKED, PLACE);
    check.claimed?.(ASKED);
    expect(await check.pressed?.(ASKED)).toBeUndefined();
    check.withdraw?.(ASKED, ELSEWHERE);
    if (claim === undefined) throw new Error('claimed before');
    end(claim, undefined);
    await ledger.flush();
    // It failed: it is as if it had not been asked.
    expect(await ask('2', 'ana')).not.toBe(false);
  });
});
