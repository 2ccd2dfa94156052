#!/usr/bin/env bash
# Guess: the `input` of a tool that a model calls by Converse is what JSON.parse makes of it, as its type (`DocumentType`) says: a number
# is a number, at worst a rounded one; and what the client types as a number, such as the score of a guardrail, is one.
# Really: the AWS SDK keeps every digit, without a word. A whole number that a double cannot hold becomes a BigInt, a fraction an object
# of a class of its own, `{ string, type }`; and because the answer has a document in it, fields that are typed `number` get the same.
# Why bot authors care: Discord's ids are such numbers, and a model that is given one writes it back without quotes. JSON.stringify then
# throws, in the log or the store, long after the answer; a score written as 0.69999999999999996 is no `number` for the code that checks it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit @aws-sdk/client-bedrock-runtime@3.1164.0 @smithy/node-http-handler@4.14.2 node@24.21.0 >/dev/null
cat >run.mjs <<'JS'
import { createServer } from 'node:http';
import { BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';

const INPUT = '{"channel":1234567890123456789,"count":12,"share":0.33333333333333333333}';
const SCORES = '{"guardrail":{"outputAssessments":{"id":[{"contextualGroundingPolicy":{"filters":[{"type":"GROUNDING","threshold":0.5,"score":0.69999999999999996,"action":"NONE"}]}}]}}}';
const server = createServer((request, response) => {
  request.resume().on('end', () => {
    response.setHeader('content-type', 'application/json');
    response.end(`{"output":{"message":{"role":"assistant","content":[{"toolUse":{"toolUseId":"t","name":"move","input":${INPUT}}}]}},
      "stopReason":"tool_use","usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2},"metrics":{"latencyMs":1},"trace":${SCORES}}`);
  });
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const client = new BedrockRuntimeClient({
  region: 'us-east-1',
  endpoint: `http://127.0.0.1:${server.address().port}`,
  token: { token: 'made-up' },
  authSchemePreference: ['httpBearerAuth'],
  requestHandler: new NodeHttpHandler(),
});
const { output, trace } = await client.send(new ConverseCommand({ modelId: 'any', messages: [{ role: 'user', content: [{ text: 'Move it.' }] }] }));
client.destroy();
server.close();

const kindsOf = (values) => Object.entries(values).map(([name, value]) => `${name} ${typeof value === 'object' ? value.constructor.name : typeof value}`).join(', ');
const [{ toolUse }] = output.message.content;
const [{ threshold, score }] = trace.guardrail.outputAssessments.id[0].contextualGroundingPolicy.filters;
let written;
try {
  written = JSON.stringify(toolUse.input);
} catch (error) {
  written = error.message;
}
const seen = [kindsOf(toolUse.input), kindsOf({ threshold, score }), written, JSON.stringify(toolUse.input.share)];
const parsed = kindsOf(JSON.parse(INPUT));
console.log(`@aws-sdk/client-bedrock-runtime 3.1164.0 on Node ${process.version}`);
console.log(`the model wrote ${INPUT}`);
console.log(`JSON.parse:     ${parsed}`);
console.log(`the client:     ${seen[0]}; of a guardrail: ${seen[1]}`);
console.log(`JSON.stringify: ${seen[2]}; of the share alone: ${seen[3]}`);
const EXPECTED = [
  'channel bigint, count number, share NumericValue',
  'threshold number, score NumericValue',
  'Do not know how to serialize a BigInt',
  '{"string":"0.33333333333333333333","type":"bigDecimal"}',
];
process.exit(parsed === 'channel number, count number, share number' && seen.join('\n') === EXPECTED.join('\n') ? 0 : 1);
JS
"$folder/node_modules/.bin/node" run.mjs
# Seen 2026-11-30 on Node v24.21.0: the channel a bigint, the share and the score a NumericValue, and "Do not know how to serialize a BigInt".
