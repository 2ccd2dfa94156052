import { expect, it } from 'vitest';
import { createDiscordApi } from '../../../src/discord/rest/discord-api.ts';
import type { DiscordRequests } from '../../../src/discord/rest/discord-requests.ts';

/** Long enough to tell by itself of which answer it is, where nothing else tells. */
const WORDS = 'All is well. '.repeat(20).trim();

const finding = (messages: readonly object[]) => {
  const send = () => Promise.resolve(new Response(JSON.stringify(messages.map((one, index) => ({ id: `${100 + index}`, author: { bot: true }, content: WORDS, components: [], ...one })))));
  return createDiscordApi({ send } as unknown as DiscordRequests, { forsake: () => {} }).findMessage('1', '50', WORDS);
};

it('finds a message by what it replies to or responds to, and by its words alone only where it does neither', async () => {
  expect(await finding([{ message_reference: { message_id: '49' } }, { interaction_metadata: { id: '51' } }])).toBeUndefined();
  expect(await finding([{ interaction_metadata: { id: '51' } }, { message_reference: { message_id: '50' } }])).toMatchObject({ messageId: '101' });
  expect(await finding([{ message_reference: { message_id: '49' } }, { interaction_metadata: { id: '50' } }])).toMatchObject({ messageId: '101' });
  expect(await finding([{}])).toMatchObject({ messageId: '100' });
});
