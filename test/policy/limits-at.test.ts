import { describe, expect, it } from 'vitest';
import { limitsIn } from '../../src/policy/limit-lines.ts';
import { limitsAt } from '../../src/policy/limits-at.ts';
import type { LimitAsker } from '../../src/policy/limits-at.ts';

const [GUILD, CATEGORY, ROOM, ROLE] = ['100000000000000001', '100000000000000002', '100000000000000003', '100000000000000004'];
const ana: LimitAsker = { guildId: GUILD, categoryId: CATEGORY, channelId: ROOM, userId: '7', hasRole: () => false };

interface Said {
  readonly bot?: string;
  readonly server?: string;
  readonly category?: string;
  readonly channel?: string;
}

const rules = ({ bot, server, category, channel }: Said, asker: LimitAsker = ana, defaults = '') =>
  limitsAt(
    ([['bot', bot], ['server', server], ['category', category], ['channel', channel]] as const).map(([level, text]) => ({ level, limits: limitsIn(text) })),
    asker,
    limitsIn(defaults),
  ).map(({ limit: { per, most }, from, account }) => `${from} ${per} ${most} ${account}`);

describe('which limits hold', () => {
  it('is said by the most specific place, for each sort of limit', () => {
    const said = { server: 'member: 20 questions an hour; member: 2 at once; server: $5 a day', category: 'member: 10 questions an hour', channel: 'member: 5 questions an hour; channel: 9 questions a minute' };
    expect(rules(said)).toEqual([
      `channel member 5 m7@c${ROOM}`,
      `channel channel 9 c${ROOM}`,
      `server member 2 m7@s${GUILD}`,
      `server server 5 s${GUILD}`,
    ]);
    expect(rules(said, { ...ana, channelId: '9' }).some((rule) => rule.includes('category'))).toBe(false);
  });

  it('counts what is asked where the limit stands', () => {
    expect(rules({ server: 'channel: 5 questions an hour', category: 'member: 3 questions an hour' })).toEqual([`category member 3 m7@c${CATEGORY}`, `server channel 5 c${ROOM}`]);
  });

  it('keeps what the environment says, whatever a server decides', () => {
    expect(rules({ bot: 'member: 5 questions an hour; server: $1 a day; bot: $9 a month', server: 'member: 500 questions an hour; server: $100 a day' })).toEqual([
      `server member 500 m7@s${GUILD}`,
      `server server 100 s${GUILD}`,
      'bot member 5 m7@bot',
      `bot server 1 s${GUILD}`,
      'bot bot 9 bot',
    ]);
  });

  it('has the default where nobody says anything of the sort', () => {
    const floor = 'member: 10 questions a minute';
    expect(rules({}, ana, floor)).toEqual(['bot member 10 m7@bot']);
    expect(rules({ server: 'member: 5 questions an hour' }, ana, floor)).toEqual([`server member 5 m7@s${GUILD}`, 'bot member 10 m7@bot']);
    expect(rules({ server: 'member: 30 questions a minute' }, ana, floor)).toEqual([`server member 30 m7@s${GUILD}`]);
    expect(rules({ bot: 'member: 3 questions a minute' }, ana, floor)).toEqual(['bot member 3 m7@bot']);
    expect(rules({ channel: 'member: unlimited questions a minute' }, ana, floor)).toEqual([]);
    expect(rules({ server: 'member: 30 questions a minute, then warn' }, ana, floor)).toEqual([`server member 30 m7@s${GUILD}`, 'bot member 10 m7@bot']);
  });

  it("takes a role's limit in the place of a member's of the same place, and a narrower place's in the place of both", () => {
    const server = `member: 5 questions an hour; role ${ROLE}: 50 questions an hour`;
    const boosted = { ...ana, hasRole: (id: string) => id === ROLE };
    expect(rules({ server })).toEqual([`server member 5 m7@s${GUILD}`]);
    expect(rules({ server }, boosted)).toEqual([`server role 50 m7@s${GUILD}`]);
    expect(rules({ server, channel: 'member: 2 questions an hour' }, boosted)).toEqual([`channel member 2 m7@c${ROOM}`]);
    expect(rules({ server: `member: 50 questions an hour; role ${ROLE}: 5 questions an hour` }, boosted)).toEqual([`server role 5 m7@s${GUILD}`]);
  });

  it('knows of no server and no channel in direct messages', () => {
    const direct: LimitAsker = { guildId: undefined, userId: '7', hasRole: () => false };
    expect(rules({ bot: 'server: $1 a day; channel: 1 question a minute; member: 1 question a day; bot: $5 a day' }, direct)).toEqual(['bot member 1 m7@bot', 'bot bot 5 bot']);
  });
});
