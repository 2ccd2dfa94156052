#!/usr/bin/env bash
# Guess: an error of Bedrock is the same object whenever it comes: its class, its words in `message`, and `$metadata` with the id of the
# request and the status, also where it ends an answer in the middle.
# Really: behind the first words, an error has no `$metadata` at all, so that `error.$metadata.requestId` throws a TypeError in the handler. And
# one that the stream does not list, though the client knows it, like a model's timeout, is a plain `Error` then: by another name, of no
# class of the SDK, and with the JSON of its body for a message.
# Why bot authors care: what is tried again is decided by the class or the status, and support asks for the request's id. Both work until
# an answer breaks off while people read it; the raw JSON is then what a bot that shows `error.message` writes below it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit @aws-sdk/client-bedrock-runtime@3.1164.0 @smithy/core@3.41.0 @smithy/node-http-handler@4.14.2 >/dev/null
cat >run.mjs <<'JS'
import http from 'node:http';
import { BedrockRuntimeClient, ConverseStreamCommand, ModelTimeoutException, ThrottlingException } from '@aws-sdk/client-bedrock-runtime';
import { EventStreamCodec } from '@smithy/core/event-streams';
import { NodeHttpHandler } from '@smithy/node-http-handler';

const codec = new EventStreamCodec((bytes) => Buffer.from(bytes).toString(), (text) => Buffer.from(text));
const frame = (headers, body) =>
  codec.encode({ headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, { type: 'string', value }])), body: Buffer.from(JSON.stringify(body)) });
const word = frame({ ':message-type': 'event', ':event-type': 'contentBlockDelta', ':content-type': 'application/json' }, { contentBlockIndex: 0, delta: { text: 'word' } });

const body = { message: 'Please wait.' };
const known = { Throttling: [429, ThrottlingException], ModelTimeout: [408, ModelTimeoutException] };
const server = http.createServer((request, response) => {
  request.resume();
  const [, model] = /^\/model\/([^/]+)\//u.exec(request.url);
  const [name, when] = model.split('-');
  if (when === 'early') {
    response.writeHead(known[name][0], { 'x-amzn-errortype': `${name}Exception`, 'x-amzn-requestid': 'an-id', 'content-type': 'application/json' }).end(JSON.stringify(body));
    return;
  }
  response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream', 'x-amzn-requestid': 'an-id' });
  response.write(word);
  const type = `${name[0].toLowerCase()}${name.slice(1)}Exception`;
  response.end(frame({ ':message-type': 'exception', ':exception-type': type, ':content-type': 'application/json' }, body));
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const client = new BedrockRuntimeClient({
  region: 'us-east-1',
  endpoint: `http://127.0.0.1:${server.address().port}`,
  token: { token: 'made-up' },
  authSchemePreference: ['httpBearerAuth'],
  maxAttempts: 1,
  requestHandler: new NodeHttpHandler(),
});

const errorOf = async (modelId) => {
  try {
    const { stream } = await client.send(new ConverseStreamCommand({ modelId, messages: [{ role: 'user', content: [{ text: 'Hi' }] }] }));
    for await (const _ of stream);
  } catch (error) {
    return error;
  }
};
const seen = {};
for (const name of Object.keys(known)) {
  for (const when of ['early', 'late']) {
    const error = await errorOf(`${name}-${when}`);
    seen[`${name} ${when}`] = [error.name, error.constructor.name, error.message, error.$metadata?.requestId, error instanceof known[name][1]].join(' | ');
  }
}
server.close();
const wanted = {
  'Throttling early': 'ThrottlingException | ThrottlingException | Please wait. | an-id | true',
  'Throttling late': 'ThrottlingException | ThrottlingException | Please wait. |  | true',
  'ModelTimeout early': 'ModelTimeoutException | ModelTimeoutException | Please wait. | an-id | true',
  'ModelTimeout late': 'modelTimeoutException | Error | {"message":"Please wait."} |  | false',
};
for (const [what, is] of Object.entries(seen)) console.log(`${what}: ${is}`);
process.exit(Object.entries(wanted).every(([what, is]) => seen[what] === is) ? 0 : 1);
JS
node run.mjs
# Seen 2026-11-30 with Node 20.20 and 24.21.
