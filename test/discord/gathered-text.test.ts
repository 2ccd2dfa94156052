import fc from '../property.ts';
import { describe, expect, it } from 'vitest';
import { fitsInMessage, gatheredText, isGathered, isNamedIn, runsOf } from '../../src/discord/texts/gathered-text.ts';

const PLACE = { guildId: '1100000000000000001', channelId: '1100000000000000002', askerId: '1100000000000000003' };
const idOf = (index: number): string => String(1_200_000_000_000_000_000n + BigInt(index));

describe('what is said of several questions', () => {
  it('names one, a run, and several runs in their order', () => {
    const text = gatheredText(PLACE, runsOf([idOf(9), idOf(1), idOf(2), idOf(3), idOf(5)], [idOf(4), idOf(8)]), 1_800_000_000_000);
    const link = (number: number, index: number): string => `[${number}](https://discord.com/channels/${PLACE.guildId}/${PLACE.channelId}/${idOf(index)})`;
    expect(text).toBe(
      `<@${PLACE.askerId}>: Too many questions are waiting for an answer already, so I did not accept these 5 of yours: ${link(1, 1)} to ${link(3, 3)}, ${link(4, 5)}, ${link(5, 9)}. Please ask again <t:1800000000:R>.`,
    );
    expect(gatheredText({ ...PLACE, guildId: undefined }, runsOf([idOf(1)], []), undefined)).toMatch(/accept this one of yours: \[1\]\(https:\/\/discord\.com\/channels\/@me\/.*Please ask again in a minute\.$/u);
  });

  it('names those that were refused, none that was accepted, whatever their order, in one message', () => {
    const outcomes = fc.array(fc.boolean(), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(outcomes, fc.infiniteStream(fc.nat()), (isRefused, random) => {
        const ids = isRefused.map((_, index) => idOf(index));
        const shuffled = ids.toSorted(() => (random.next().value % 2) - 0.5);
        const refused = shuffled.filter((id) => isRefused[ids.indexOf(id)]);
        const runs = runsOf(refused, shuffled.filter((id) => !refused.includes(id)));
        if (refused.length === 0 || !fitsInMessage(runs)) return;
        const text = gatheredText(PLACE, runs, 1_800_000_000_000);
        expect(text.length).toBeLessThanOrEqual(2_000);
        expect(isGathered(text)).toBe(true);
        for (const [index, id] of ids.entries()) expect(isNamedIn(text, PLACE.askerId, id)).toBe(isRefused[index]);
        expect(isNamedIn(text, '1100000000000000009', refused[0]!)).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it('is nothing else that a bot may say', () => {
    for (const text of ['Too many questions are waiting for an answer already. Please try again in a minute.', `<@1>: hello [1](https://discord.com/channels/1/2/${idOf(1)})`, '']) {
      expect(isGathered(text)).toBe(false);
      expect(isNamedIn(text, '1', idOf(1))).toBe(false);
    }
  });
});
