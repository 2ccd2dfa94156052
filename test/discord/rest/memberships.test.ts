import { DiscordAPIError } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { createMemberships } from '../../../src/discord/rest/memberships.ts';
import type { Client } from 'discord.js';

const UNKNOWN_MEMBER = new DiscordAPIError({ code: 10_007, message: 'Unknown Member' }, 10_007, 404, 'GET', 'https://discord.com', {});
const DOWN = new DiscordAPIError({ code: 0, message: 'Service Unavailable' }, 0, 503, 'GET', 'https://discord.com', {});

/** @param answers what Discord says, one after the other; the last one from then on */
const open = (...answers: readonly (readonly string[] | Error | Promise<never>)[]) => {
  const asked: string[] = [];
  let now = 0;
  const get = async (route: string): Promise<unknown> => {
    const answer = answers[Math.min(asked.push(route), answers.length) - 1];
    if (answer instanceof Error) throw answer;
    return { roles: await answer };
  };
  const client = { rest: { get }, guilds: { cache: new Map([['1', {}], ['2', {}], ['3', {}]]) } } as unknown as Client;
  return { asked, pass: (ms: number) => (now += ms), ...createMemberships(client, () => now, { retriesMs: [1, 1], hurriedMs: 1 }) };
};

describe('the roles of somebody', () => {
  it('are asked of Discord once a minute, for each server and person', async () => {
    const { asked, rolesOf, pass } = open(['7']);
    expect([await rolesOf('1', 'ana', false), await rolesOf('1', 'ana', true)]).toEqual([['7'], ['7']]);
    await rolesOf('2', 'ana', false);
    await rolesOf('1', 'bo', false);
    expect(asked).toEqual(['/guilds/1/members/ana', '/guilds/2/members/ana', '/guilds/1/members/bo']);
    pass(60_000);
    await rolesOf('1', 'ana', false);
    expect(asked).toHaveLength(4);
  });

  it('are none of somebody who is not there, which is as good to know', async () => {
    const { asked, rolesOf } = open(UNKNOWN_MEMBER);
    expect([await rolesOf('1', 'ana', false), await rolesOf('1', 'ana', false)]).toEqual([undefined, undefined]);
    expect(asked).toHaveLength(1);
  });

  it('are asked again while Discord fails, and anew by the next question where it never says', async () => {
    const well = open(DOWN, DOWN, ['7']);
    expect(await well.rolesOf('1', 'ana', false)).toEqual(['7']);
    const down = open(DOWN);
    expect(await down.rolesOf('1', 'ana', false)).toBeUndefined();
    expect(down.asked).toHaveLength(3);
    expect(await down.rolesOf('1', 'ana', false)).toBeUndefined();
    expect(down.asked).toHaveLength(6);
  });

  it('are not waited for while somebody waits for a response', async () => {
    const { rolesOf, isAnywhere } = open(new Promise<never>(() => undefined));
    expect(await Promise.all([rolesOf('1', 'ana', true), isAnywhere('bo', ['1', '2'], true, () => true)])).toEqual([undefined, false]);
  });

  it('are looked for on one server after the other, until some do', async () => {
    const { asked, isAnywhere, serverIds } = open(UNKNOWN_MEMBER, ['7'], ['8']);
    expect(await isAnywhere('ana', serverIds(), false, (_guildId, roles) => roles.includes('7'))).toBe(true);
    expect(asked).toEqual(['/guilds/1/members/ana', '/guilds/2/members/ana']);
    expect(await isAnywhere('ana', serverIds(), false, () => false)).toBe(false);
  });
});
