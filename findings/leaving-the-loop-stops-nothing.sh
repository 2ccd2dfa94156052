#!/usr/bin/env bash
# Guess: `break`, `return`, or an error inside of `for await (const event of answer.stream)` ends a ConverseStream: that is what leaving the
# loop does to a stream of Node and to the body of a fetch.
# Really: it does nothing. Bedrock is not told, so the answer is written to its end, and then the connection is not given back, as nobody
# has read to the end: over HTTP/1.1 it stays one of the client's fifty, and over HTTP/2, the default, a session of its own, until the
# server or a timeout of minutes closes it. Only an `abortSignal` given to `send` ends the answer, and one has to abort it oneself.
# Why bot authors care: the loop of a bot edits a message of Discord, and an edit that fails leaves it. What is written after that is
# paid for and read by nobody; so is what comes behind a "stop" button that sets a flag.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit @aws-sdk/client-bedrock-runtime@3.1164.0 @smithy/core@3.41.0 @smithy/node-http-handler@4.14.2 >/dev/null
cat >run.mjs <<'JS'
import http from 'node:http';
import http2 from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';
import { BedrockRuntimeClient, ConverseStreamCommand } from '@aws-sdk/client-bedrock-runtime';
import { EventStreamCodec } from '@smithy/core/event-streams';
import { NodeHttpHandler } from '@smithy/node-http-handler';

const codec = new EventStreamCodec((bytes) => Buffer.from(bytes).toString(), (text) => Buffer.from(text));
const texts = { ':message-type': 'event', ':event-type': 'contentBlockDelta', ':content-type': 'application/json' };
const headers = Object.fromEntries(Object.entries(texts).map(([name, value]) => [name, { type: 'string', value }]));
const word = Buffer.from(codec.encode({ headers, body: Buffer.from('{"contentBlockIndex":0,"delta":{"text":"word "}}') }));

// Twenty words, one in each 25 ms, or as many as there are until the reader goes.
const WORDS = 20;
const model = (module) => {
  const ends = [];
  const connections = new Set();
  const server = module.createServer(async (request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' });
    let isThere = true;
    response.on('close', () => (isThere = false));
    let count = 0;
    for (; isThere && count < WORDS; count += 1) {
      response.write(word);
      await sleep(25);
    }
    response.end();
    ends.push(count < WORDS ? 'ended early' : 'written to the end');
  });
  server.keepAliveTimeout = 60_000;
  server.on('connection', (socket) => connections.add(socket.on('close', () => connections.delete(socket))));
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve({ url: `http://127.0.0.1:${server.address().port}`, ends, connections })));
};

const left = [
  async (stream) => {
    for await (const _ of stream) break;
  },
  async (stream) => {
    for await (const _ of stream) throw new Error('Unknown Message');
  },
];
const read = async (stream) => {
  for await (const _ of stream);
};

// Two answers, one after the other; the second is asked for when the first has been written.
const two = async ({ ends, connections }, open, ways, isAborting) => {
  for (const [index, way] of ways.entries()) {
    const controller = new AbortController();
    await way(await open(controller.signal)).catch(() => {});
    if (isAborting) controller.abort();
    while (ends.length <= index) await sleep(25);
    await sleep(500);
  }
  return `${ends.join(', ')}; ${connections.size} open`;
};
const fetched = async () => {
  const server = await model(http);
  return two(server, async () => (await fetch(server.url)).body, left);
};
const sdk = async (module, options, ways, isAborting) => {
  const server = await model(module);
  const client = new BedrockRuntimeClient({ region: 'us-east-1', endpoint: server.url, token: { token: 'made-up' }, authSchemePreference: ['httpBearerAuth'], ...options });
  const open = async (abortSignal) =>
    (await client.send(new ConverseStreamCommand({ modelId: 'any', messages: [{ role: 'user', content: [{ text: 'Hi' }] }] }), { abortSignal })).stream;
  return two(server, open, ways, isAborting);
};

const http1 = () => ({ requestHandler: new NodeHttpHandler() });
const seen = {
  'a fetch, left': [fetched(), /^ended early, ended early;/u],
  'HTTP/1.1, read': [sdk(http, http1(), [read, read]), /^written to the end, written to the end; 1 open$/u],
  'HTTP/1.1, left': [sdk(http, http1(), left), /^written to the end, written to the end; 2 open$/u],
  'HTTP/1.1, left and aborted': [sdk(http, http1(), left, true), /^ended early, ended early; 0 open$/u],
  'HTTP/2, read': [sdk(http2, {}, [read, read]), /^written to the end, written to the end; 0 open$/u],
  'HTTP/2, left': [sdk(http2, {}, left), /^written to the end, written to the end; 2 open$/u],
};
let isAsSeen = true;
for (const [name, [running, wanted]] of Object.entries(seen)) {
  const is = await running;
  console.log(`${name}: two answers ${is}`);
  isAsSeen &&= wanted.test(is);
}
process.exit(isAsSeen ? 0 : 1);
JS
node run.mjs
# Seen 2026-11-30 with Node 20.20 and 24.21: what was left is written to the end and keeps two connections; a fetch and what is aborted ends early.
