#!/usr/bin/env bash
# Guess: what a bot gives as the `json` of a tool's result goes to the model as JSON.stringify writes it: toJSON decides, a Date is an ISO text,
# and a gap in a list is null.
# Really: the AWS SDK writes it by rules of its own. toJSON is never asked: a class is sent with all of its fields, also those that its
# toJSON leaves out, and a Collection of discord.js is {}. A Date is a number of seconds, and a gap is closed, so that places shift.
# Why bot authors care: results of tools are made of what discord.js gives: members, dates, Collections. The model is told that nobody is there, takes
# a number for the date, and reads what was never meant to leave; a log of the same value, written by JSON.stringify, shows none of it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit @aws-sdk/client-bedrock-runtime@3.1164.0 @smithy/node-http-handler@4.14.2 @discordjs/collection@1.5.3 >/dev/null
cat >run.mjs <<'JS'
import { createServer } from 'node:http';
import { BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime';
import { Collection } from '@discordjs/collection';
import { NodeHttpHandler } from '@smithy/node-http-handler';

class Member {
  name = 'Ana';
  note = 'for moderators only';
  toJSON() {
    return { name: this.name };
  }
}
const RESULT = { member: new Member(), joined: new Date('2026-11-30T12:00:00Z'), roles: new Collection([['1', 'admin']]), seats: ['Ana', undefined, 'Bo'] };

let sent = '';
const server = createServer(async (request, response) => {
  sent = '';
  for await (const chunk of request) sent += chunk;
  response.setHeader('content-type', 'application/json');
  response.end('{"output":{"message":{"role":"assistant","content":[{"text":"Done."}]}},"stopReason":"end_turn","usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2},"metrics":{"latencyMs":1}}');
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const client = new BedrockRuntimeClient({
  region: 'us-east-1',
  endpoint: `http://127.0.0.1:${server.address().port}`,
  token: { token: 'made-up' },
  authSchemePreference: ['httpBearerAuth'],
  requestHandler: new NodeHttpHandler(),
});
await client.send(new ConverseCommand({ modelId: 'any', messages: [{ role: 'user', content: [{ toolResult: { toolUseId: 't', content: [{ json: RESULT }] } }] }] }));
client.destroy();
server.close();

const written = JSON.stringify(RESULT);
const told = JSON.stringify(JSON.parse(sent).messages[0].content[0].toolResult.content[0].json);
console.log(`JSON.stringify: ${written}`);
console.log(`@aws-sdk/client-bedrock-runtime 3.1164.0: ${told}`);
const isAsSeen =
  written === '{"member":{"name":"Ana"},"joined":"2026-11-30T12:00:00.000Z","roles":["admin"],"seats":["Ana",null,"Bo"]}' &&
  told === '{"member":{"name":"Ana","note":"for moderators only"},"joined":1796040000,"roles":{},"seats":["Ana","Bo"]}';
process.exit(isAsSeen ? 0 : 1);
JS
node run.mjs
# Seen 2026-11-30: {"member":{"name":"Ana","note":"for moderators only"},"joined":1796040000,"roles":{},"seats":["Ana","Bo"]}
