import { describe, expect, it } from 'vitest';
import { watchForThinkingsEnd, withoutUnopenedThinking } from '../../src/conversation/unopened-thinking.ts';
import { shareWorld } from './shared-world.ts';
import { freshChannel } from './fresh-channel.ts';
import type { World } from '../start-parley.ts';

let world: World;
shareWorld({ discord: { rateLimits: 'off' } }, (opened) => {
  world = opened;
});

describe('thinking that begins without a mark', () => {
  it.each([
    ['Hm, tea.\nYes.\n</think>\n\nTea.', 'Tea.'],
    ['Hm, tea. </thinking> \nTea.\n\nHot.', 'Tea.\n\nHot.'],
    ['```\na\n```\nHm.\n</THINK>\n```\ncode\n```', '```\ncode\n```'],
  ])('is left out: %j', (text, rest) => {
    expect(withoutUnopenedThinking(text, true)).toBe(rest);
    let longest = '';
    for (let end = text.indexOf('</') + 12; end <= text.length; end += 1) {
      const shown = withoutUnopenedThinking(text.slice(0, end), false);
      if (!/<\/think/iu.test(text.slice(0, end))) continue;
      expect(rest.startsWith(shown) && shown.startsWith(longest)).toBe(true);
      longest = shown;
    }
  });

  it.each(['Models end with `</think>`\nand go on.', '```\n</think>\n```\nTea.', 'The mark </think> ends it.', '> `a`</think>\nTea.', 'Hm.\n</think>', 'Write <think>\nyour thoughts\n</think>\nfirst.', 'Hm.\n</think>\n \n', 'Tea.'])('is none: %j', (text) => {
    expect(withoutUnopenedThinking(text, true)).toBe(text);
  });

  it.each(['Hm.\n</think>\nTea.', 'Hm. </thinking>\nTea.', 'a </THINK> b', '</think>', 'no </thin k>', 'Tea.'])('is met in the piece in which its mark ends, whatever the pieces: %j', (text) => {
    const end = /<\/think(?:ing)?>/iu.exec(text);
    for (let size = 1; size <= text.length; size += 1) {
      const isMet = watchForThinkingsEnd();
      for (let from = 0; from < text.length; from += size) {
        expect(isMet(text.slice(from, from + size))).toBe(end !== null && end.index + end[0].length <= from + size);
      }
    }
  });

  it('is neither left in the channel nor remembered, however long it was', async () => {
    const place = freshChannel(world);
    const thoughts = Array.from({ length: 400 }, (_, index) => `I wonder about tea, for the time number ${index}.`).join('\n');
    world.bedrock.respond({ text: `${thoughts}\n</think>\n\nTea.`, deltas: { size: 2_000 }, deltaDelayMs: 300 });
    await world.ask(world.ana, 'tea or coffee?', place);
    world.bedrock.respond({ text: 'Certainly.' });
    await expect.poll(() => place.fromBot.filter(({ deleted }) => !deleted).map(({ content }) => content)).toEqual(['Tea.']);
    await world.ask(world.ana, 'sure?', place);
    expect(world.bedrock.requests.at(-1)?.body?.messages[1]).toEqual({ role: 'assistant', content: [{ text: 'Tea.' }] });
  });
});
