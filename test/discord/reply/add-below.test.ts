import { describe, expect, it } from 'vitest';
import { addBelow } from '../../../src/discord/reply/add-below.ts';
import { DiscordAPIError } from 'discord.js';
import { limitError } from './fake-place.ts';
import type { OutgoingMessage } from '../../../src/discord/rest/discord-api.ts';

const BUTTONS = [{ type: 1, components: [] }] as never;

/** What is asked of Discord to write a line below the last message of an answer. */
const asked = async (content: string, maxMessages?: number, fail: (call: number) => unknown = () => undefined) => {
  const calls: (readonly [string, number, Pick<OutgoingMessage, 'content' | 'components'>])[] = [];
  const sent = { id: '2', bucket: undefined, shown: undefined } as never;
  const call = async (what: string, part: number, { content: text, components }: OutgoingMessage) => {
    calls.push([what, part, { content: text, ...(components === undefined ? {} : { components }) }]);
    const error = fail(calls.length);
    if (error !== undefined) throw error;
    return sent;
  };
  const target = { maxMessages, edit: (part: number, id: string, message: OutgoingMessage) => call(`edit ${id}`, part, message), create: (part: number, message: OutgoingMessage) => call('create', part, message) };
  await addBelow(target, { part: 1, id: '1', shown: { content, components: BUTTONS } }, '-# A line.');
  return calls;
};

const failing = (status: number): DiscordAPIError => new DiscordAPIError({ message: 'no', code: 0 }, 0, status, 'PATCH', '/', {});

describe('a line below an answer that is shown', () => {
  it('stands in its last message, whose buttons go', async () => {
    expect(await asked('The end.')).toEqual([['edit 1', 1, { content: 'The end.\n-# A line.', components: [] }]]);
  });

  it('stands in a message of its own where there is no room', async () => {
    const full = 'x'.repeat(2_000 - '\n-# A line.'.length);
    expect(await asked(full)).toEqual([['edit 1', 1, { content: `${full}\n-# A line.`, components: [] }]]);
    expect(await asked(`${full}x`)).toEqual([
      ['edit 1', 1, { content: `${full}x`, components: [] }],
      ['create', 2, { content: '-# A line.' }],
    ]);
  });

  it('is left out where there is no room for more than that message, whose buttons go all the same', async () => {
    const full = 'x'.repeat(2_000);
    expect(await asked(full, 1)).toEqual([['edit 1', 1, { content: full, components: [] }]]);
  });

  it('is tried three times while Discord fails, and not again where it refuses', async () => {
    expect(await asked('The end.', undefined, (call) => (call < 3 ? failing(503) : undefined))).toHaveLength(3);
    await expect(asked('The end.', undefined, () => failing(503))).rejects.toThrow('no');
    let refused = 0;
    await expect(asked('The end.', undefined, () => ((refused += 1), failing(403)))).rejects.toThrow('no');
    expect(refused).toBe(1);
  });

  it('waits for a limit that is over soon, and for no other', async () => {
    expect(await asked('The end.', undefined, (call) => (call === 1 ? limitError({ retryAfter: 5 }) : undefined))).toHaveLength(2);
    let made = 0;
    await expect(asked('The end.', undefined, () => ((made += 1), limitError({ retryAfter: 10_001 })))).rejects.toThrow();
    expect(made).toBe(1);
  });
});
