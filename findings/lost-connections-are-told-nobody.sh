#!/usr/bin/env bash
# Guess: a call of oceanic.js whose connection fails is rejected, as a fetch is, or tried again a few times and then rejected.
# Really: it stays as it is for ever. Where the connection is refused, is reset, or ends within the answer, an "error" event tells the client
# of it, and whoever waits for the call waits on; `requestTimeout` does not end it either. Only what takes too long, or is answered with an
# error, is rejected. And a 502, which its code tries four times, it asks for again without end, since each try begins to count anew.
# Why bot authors care: a connection that is lost is what every bot sees each week. A command that awaits the answer to a member is then in
# its middle for good, with its locks and its place in a queue, and neither `catch` nor `finally` is run.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit oceanic.js@1.15.0 >/dev/null
cat >run.mjs <<'JS'
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'oceanic.js';

let asked = 0;
const ways = {
  'an error 500': (_, response) => response.writeHead(500, { 'content-type': 'application/json' }).end('{"message":"Internal Server Error","code":0}'),
  'no answer': () => {},
  'a reset': (request) => request.socket.destroy(),
  'half an answer': (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': 100 }).write('{"id":');
    setTimeout(() => response.destroy(), 50);
  },
  'an error 502': (_, response) => response.writeHead(502).end(),
};
const serve = async (way) => {
  const server = createServer((request, response) => {
    asked += 1;
    request.resume();
    way(request, response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server;
};
const sent = async (baseURL, milliseconds) => {
  asked = 0;
  const client = new Client({ auth: 'Bot made-up', rest: { baseURL, requestTimeout: 500 } });
  const events = [];
  client.on('error', ({ message }) => events.push(message));
  const call = client.rest.channels.createMessage('1', { content: 'Hello' }).then(
    () => 'resolved',
    () => 'rejected',
  );
  const end = await Promise.race([call, sleep(milliseconds, 'neither resolved nor rejected')]);
  return { end, events, asked };
};

const PENDING = 'neither resolved nor rejected';
const gone = await serve(() => {});
const refusing = `http://127.0.0.1:${gone.address().port}`;
gone.close();
let isAsSeen = true;
const look = async (name, baseURL, milliseconds, isWanted) => {
  const seen = await sent(baseURL, milliseconds);
  console.log(`${name}: ${seen.end} within ${milliseconds} ms; asked ${seen.asked} times; "error" events: ${seen.events.join(', ') || 'none'}`);
  isAsSeen &&= isWanted(seen);
};
await look('a refused connection', refusing, 5000, ({ end, events }) => end === PENDING && events.length === 1);
for (const [name, way] of Object.entries(ways)) {
  const server = await serve(way);
  const isOne = ({ asked: count }) => count === 1;
  const isWanted = {
    'an error 500': (seen) => seen.end === 'rejected' && isOne(seen),
    'no answer': (seen) => seen.end === 'rejected' && isOne(seen),
    'an error 502': (seen) => seen.end === PENDING && seen.asked > 4,
  }[name] ?? ((seen) => seen.end === PENDING && isOne(seen) && seen.events.length === 1);
  // A 502 is asked for again within two seconds, so more than four times within twelve.
  await look(name, `http://127.0.0.1:${server.address().port}`, name === 'an error 502' ? 12_000 : 5000, isWanted);
  server.close();
}
process.exit(isAsSeen ? 0 : 1);
JS
node run.mjs
# Seen 2026-11-30 with oceanic.js 1.15.0 on Node 20.20 and 24.21.
