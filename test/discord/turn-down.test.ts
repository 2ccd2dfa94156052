import { DiscordAPIError } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { createTurnDown } from '../../src/discord/intake/turn-down.ts';
import type { Claim, Outcome, Place } from '../../src/conversation/ledger.ts';
import type { TurnedDown } from '../../src/discord/intake/turn-down.ts';
import type { ReplyTarget } from '../../src/discord/reply/reply-target.ts';

const HOUR_MS = 3_600_000;
const WORDS = { text: 'Not here.', sign: '🚫' };

/** What happens where, with a store that two of them can share. */
const open = (refuse: { sign?: boolean; direct?: boolean } = {}, kept = new Set<string>()) => {
  const said: string[] = [];
  const ended: Outcome[] = [];
  let now = 0;
  const forbidden = new DiscordAPIError({ code: 50_013, message: 'Missing Permissions' }, 50_013, 403, 'PUT', 'https://discord.com', {});
  const turnDown = createTurnDown({
    api: {
      react: async (channelId, messageId, emoji) => {
        if (refuse.sign === true) throw forbidden;
        said.push(`${emoji} ${channelId}/${messageId}`);
      },
    },
    sayInstead: async (claim, { channelId }, { content }, outcome) => {
      said.push(`reply ${channelId}/${claim.row.questionId}: ${content}`);
      claim.end(outcome);
    },
    writeDirectly: async (userId, content) => {
      if (refuse.direct === true) throw forbidden;
      return String(said.push(`direct ${userId}: ${content}`));
    },
    claim: async (key) => {
      if (kept.has(key)) return false;
      kept.add(key);
      return true;
    },
    monotonicNow: () => now,
  });
  const ask = async (askerId: string, channelId: string, questionId: string, more: Partial<TurnedDown> = {}, interaction?: Place['interaction']): Promise<boolean> => {
    const claim = { row: { questionId, askerId }, end: (outcome: Outcome) => void ended.push(outcome) } as unknown as Claim;
    const target = { channelId, place: { channelId, interaction } } as unknown as ReplyTarget;
    return turnDown({ claim, target, isDirect: false, isResumed: false, words: WORDS, ...more });
  };
  return {
    said,
    ended,
    ask,
    pass: (ms: number) => {
      now += ms;
      kept.clear();
    },
  };
};

describe('a question that is turned down', () => {
  it('gets a sign of its own each time that it is for another while, and its asker the reason once', async () => {
    const { said, ask } = open();
    for (const [id, period] of [['10', ':5000'], ['11', ':5000'], ['12', ':9000']] as const) await ask('ana', '1', id, { period });
    expect(said.toSorted()).toEqual(['direct ana: What you asked in <#1> has no answer: Not here.', '🚫 1/10', '🚫 1/12']);
  });

  it('gets a sign, and its asker the reason directly; within the hour nothing more, there', async () => {
    const { said, ended, ask, pass } = open();
    expect(await ask('ana', '1', '10')).toBe(true);
    expect(said.toSorted()).toEqual(['direct ana: What you asked in <#1> has no answer: Not here.', '🚫 1/10']);
    expect(await ask('ana', '1', '11')).toBe(false);
    expect(said).toHaveLength(2);
    // Elsewhere there is a sign, and the reason is known.
    expect(await ask('ana', '2', '12')).toBe(true);
    expect(said.slice(2)).toEqual(['🚫 2/12']);
    pass(HOUR_MS);
    expect(await ask('ana', '1', '13')).toBe(true);
    expect(said.slice(3).toSorted()).toEqual(['direct ana: What you asked in <#1> has no answer: Not here.', '🚫 1/13']);
    expect(ended).toEqual([0, 1, 2, 3].map(() => ({ state: 'refused', reason: 'settings' })));
  });

  it('gets it for each member', async () => {
    const { said, ask } = open();
    await Promise.all([ask('ana', '1', '10'), ask('bo', '1', '11')]);
    expect(said).toHaveLength(4);
  });

  it('gets none that another process has given', async () => {
    const kept = new Set<string>();
    await open({}, kept).ask('ana', '1', '10');
    const other = open({}, kept);
    expect(await other.ask('ana', '1', '11')).toBe(false);
    expect(other.said).toEqual([]);
    expect(other.ended).toHaveLength(1);
  });

  it('gets it all the same where the process that was about to give it is gone', async () => {
    const kept = new Set(['refused:1:ana', 'refused:ana']);
    const { said, ask } = open({}, kept);
    expect(await ask('ana', '1', '10', { isResumed: true })).toBe(true);
    expect(said).toHaveLength(2);
  });

  it('gets a sign alone where its asker takes no direct messages, and the reason alone where no sign can be', async () => {
    const closed = open({ direct: true });
    await closed.ask('ana', '1', '10');
    expect(closed.said).toEqual(['🚫 1/10']);
    const mute = open({ sign: true });
    await mute.ask('ana', '1', '10');
    expect(mute.said).toEqual(['direct ana: What you asked in <#1> has no answer: Not here.']);
  });

  it('gets a sentence below it where Discord takes neither, once an hour as well', async () => {
    const { said, ended, ask } = open({ sign: true, direct: true });
    await ask('ana', '1', '10');
    await ask('ana', '1', '11');
    expect(said).toEqual(['reply 1/10: Not here.']);
    expect(ended).toHaveLength(2);
  });

  it('gets its reason each time where nobody else reads it: in a direct message, and from a command', async () => {
    const { said, ask } = open();
    await ask('ana', '1', '10', { isDirect: true });
    await ask('ana', '1', '11', { isDirect: true });
    await ask('ana', '2', '12', {}, { id: '12', applicationId: '1', token: 'secret', expiresAt: 0 });
    expect(said).toEqual(['reply 1/10: Not here.', 'reply 1/11: Not here.', 'reply 2/12: Not here.']);
  });

  it('is told directly to so many people at once and no more; all get their signs', async () => {
    const { said, ask, pass } = open();
    for (let member = 0; member < 50; member += 1) await ask(`member ${member}`, '1', String(member));
    expect(said.filter((one) => one.startsWith('🚫'))).toHaveLength(50);
    expect(said.filter((one) => one.startsWith('direct'))).toHaveLength(20);
    pass(HOUR_MS);
    await ask('somebody', '1', '99');
    expect(said.at(-1)).toContain('direct somebody');
  });
});
