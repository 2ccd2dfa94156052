// The bare floor: discord.js with its defaults and one `fetch` for each question. No history, no SDK, no settings.
import { Client, Events, GatewayIntentBits } from 'discord.js';

const { DISCORD_TOKEN, DISCORD_API_URL, AWS_ENDPOINT_URL_BEDROCK_RUNTIME, AWS_BEARER_TOKEN_BEDROCK, BEDROCK_MODEL_ID } = process.env;
const url = `${AWS_ENDPOINT_URL_BEDROCK_RUNTIME}/model/${encodeURIComponent(BEDROCK_MODEL_ID)}/converse`;
const headers = { authorization: `Bearer ${AWS_BEARER_TOKEN_BEDROCK}`, 'content-type': 'application/json' };

const ask = async (text) => {
  const response = await fetch(url, {
    method: 'POST',
    headers,
    body: JSON.stringify({ messages: [{ role: 'user', content: [{ text }] }], inferenceConfig: { maxTokens: 4096 } }),
  });
  const answer = await response.json();
  return answer.output.message.content.map((block) => block.text ?? '').join('');
};

const client = new Client({
  intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildMessages, GatewayIntentBits.DirectMessages],
  rest: { api: DISCORD_API_URL, globalRequestsPerSecond: 100_000 },
});
client.on(Events.MessageCreate, async (message) => {
  if (message.author.bot || !message.mentions.users.has(client.user.id)) return;
  await message.reply(await ask(message.content));
});
client.on(Events.InteractionCreate, async (interaction) => {
  const answer = ask(interaction.options.getString('prompt', true));
  await interaction.deferReply();
  await interaction.editReply(await answer);
});
client.once(Events.ClientReady, () => console.log('{"message":"ready"}'));
await client.login(DISCORD_TOKEN);
