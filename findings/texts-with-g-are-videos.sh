#!/usr/bin/env bash
# Guess: an attachment `answer.txt` that a bot makes of text goes to Discord as text/plain, or as bytes of no type; never as a film.
# Really: @discordjs/rest guesses the type of each Buffer from its first bytes alone, whatever the name says, and to the package that it asks
# a "G" is the beginning of an MPEG film. So "Good morning" is video/mpeg, "BMW" is image/bmp, "ID3" is audio/mpeg, and a
# log whose lines begin with "[" is application/json. With discord.js a type that one names beside the Buffer is left out on the way.
# Why bot authors care: answers too long for a message, transcripts and logs are sent in this way. Few texts begin with a G, so no first
# test finds it, and it is the model or a member who decides. Only below discord.js, in rest.post, a file's `contentType` is obeyed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit discord.js@14.28.1 @discordjs/rest@2.6.3 magic-bytes.js@1.13.1 >/dev/null
cat >run.mjs <<'JS'
import { createServer } from 'node:http';
import { MessagePayload, REST } from 'discord.js';

let sent = '';
const server = createServer(async (request, response) => {
  sent = '';
  for await (const chunk of request) sent += chunk;
  response.setHeader('content-type', 'application/json');
  response.end('{}');
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const rest = new REST({ api: `http://127.0.0.1:${server.address().port}` }).setToken('made-up');
const typeOf = async (file) => {
  await rest.post('/channels/1/messages', { body: {}, files: [file] });
  return /filename="answer\.txt"\r\nContent-Type: (.*)\r\n/u.exec(sent)?.[1];
};

const seen = {
  'Hello, here is the whole answer.': 'application/octet-stream',
  'Good morning, here is the whole answer.': 'video/mpeg',
  'BMW and others, in a list:': 'image/bmp',
  'ID3 is what music files begin with.': 'audio/mpeg',
  '[12:00:01] Ana has joined.': 'application/json',
};
let isAsSeen = true;
for (const [text, wanted] of Object.entries(seen)) {
  const type = await typeOf(await MessagePayload.resolveFile({ attachment: Buffer.from(text), name: 'answer.txt', contentType: 'text/plain' }));
  console.log(`discord.js 14.28.1: answer.txt with "${text}" is sent as ${type}`);
  isAsSeen &&= type === wanted;
}
const told = await typeOf({ name: 'answer.txt', data: Buffer.from('Good morning'), contentType: 'text/plain' });
console.log(`@discordjs/rest 2.6.3: "Good morning" with a contentType is sent as ${told}`);
server.close();
server.closeAllConnections();
process.exit(isAsSeen && told === 'text/plain' ? 0 : 1);
JS
node run.mjs
# Seen 2026-11-30 with Node 20.20 and 24.21: octet-stream, video/mpeg, image/bmp, audio/mpeg, json; with a contentType text/plain.
