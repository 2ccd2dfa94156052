// The bare floor, streaming: `fetch`, a decoder of event-stream frames, the first words at once, then an edit each 1.25 s.
import { Client, Events, GatewayIntentBits } from 'discord.js';

const { DISCORD_TOKEN, DISCORD_API_URL, AWS_ENDPOINT_URL_BEDROCK_RUNTIME, AWS_BEARER_TOKEN_BEDROCK, BEDROCK_MODEL_ID } = process.env;
const EDIT_EVERY_MS = Number(process.env.FLOOR_EDIT_EVERY_MS ?? 1_250);
const url = `${AWS_ENDPOINT_URL_BEDROCK_RUNTIME}/model/${encodeURIComponent(BEDROCK_MODEL_ID)}/converse-stream`;
const headers = { authorization: `Bearer ${AWS_BEARER_TOKEN_BEDROCK}`, 'content-type': 'application/json' };
const decoder = new TextDecoder();

/** The payloads of event-stream frames: total length, headers' length, checksum, headers, payload, checksum. */
async function* frames(stream) {
  let rest = Buffer.alloc(0);
  for await (const chunk of stream) {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 4 && rest.length >= rest.readUInt32BE(0)) {
      const total = rest.readUInt32BE(0);
      yield JSON.parse(decoder.decode(rest.subarray(12 + rest.readUInt32BE(4), total - 4)));
      rest = rest.subarray(total);
    }
  }
}

const client = new Client({
  intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMessages, GatewayIntentBits.DirectMessages],
  rest: { api: DISCORD_API_URL, globalRequestsPerSecond: 100_000 },
});
client.on(Events.MessageCreate, async (message) => {
  if (message.author.bot || !message.mentions.users.has(client.user.id)) return;
  const response = await fetch(url, {
    method: 'POST',
    headers,
    body: JSON.stringify({ messages: [{ role: 'user', content: [{ text: message.content }] }], inferenceConfig: { maxTokens: 4096 } }),
  });
  let text = '';
  let reply;
  let editedAt = 0;
  for await (const { delta } of frames(response.body)) {
    text += delta?.text ?? '';
    if (text === '') continue;
    if (reply === undefined) {
      reply = message.reply(text);
      editedAt = performance.now();
    } else if (performance.now() - editedAt > EDIT_EVERY_MS) {
      editedAt = performance.now();
      const shown = text;
      reply.then((sent) => sent.edit(shown));
    }
  }
  await (await reply).edit(text);
});
client.once(Events.ClientReady, () => console.log('{"message":"ready"}'));
await client.login(DISCORD_TOKEN);
