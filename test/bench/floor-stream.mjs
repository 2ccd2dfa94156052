// The bare floor, streaming: `fetch`, a decoder of event-stream frames, the first words at once, then an edit each 1.25 s.
import { Client, Events, GatewayIntentBits } from 'discord.js';

const { DISCORD_TOKEN, DISCORD_API_URL, AWS_ENDPOINT_URL_BEDROCK_RUNTIME, AWS_BEARER_TOKEN_BEDROCK, BEDROCK_MODEL_ID } = process.env;
const REQUESTS_PER_SECOND = Number(process.env.FLOOR_REQUESTS_PER_SECOND ?? 100_000);
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
  rest: { api: DISCORD_API_URL, globalRequestsPerSecond: REQUESTS_PER_SECOND },
});
/** @param show posts the text, and gives back what edits it. */
const stream = async (prompt, show) => {
  const response = await fetch(url, {
    method: 'POST',
    headers,
    body: JSON.stringify({ messages: [{ role: 'user', content: [{ text: prompt }] }], inferenceConfig: { maxTokens: 4096 } }),
  });
  let text = '';
  let edit;
  let editedAt = 0;
  for await (const { delta } of frames(response.body)) {
    text += delta?.text ?? '';
    if (text === '') continue;
    if (edit === undefined) {
      edit = show(text);
      editedAt = performance.now();
    } else if (performance.now() - editedAt > EDIT_EVERY_MS) {
      editedAt = performance.now();
      const shown = text;
      edit.then((change) => change(shown));
    }
  }
  await (await edit)(text);
};
client.on(Events.MessageCreate, async (message) => {
  if (message.author.bot || !message.mentions.users.has(client.user.id)) return;
  await stream(message.content, async (text) => {
    const sent = await message.reply(text);
    return (next) => sent.edit(next);
  });
});
client.on(Events.InteractionCreate, async (interaction) => {
  const deferred = interaction.deferReply();
  await stream(interaction.options.getString('prompt', true), async (text) => {
    await deferred;
    await interaction.editReply(text);
    return (next) => interaction.editReply(next);
  });
});
// A command that was acknowledged too late, for one, is not to end it.
process.on('unhandledRejection', () => undefined);
client.once(Events.ClientReady, () => console.log('{"message":"ready"}'));
await client.login(DISCORD_TOKEN);
