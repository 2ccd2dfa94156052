#!/usr/bin/env bash
# Guess: @discordjs/rest counts its limit of 50 requests a second from when it has sent them; a wall clock that is set back
# (a virtual machine that wakes up, a first contact with a time server) may cost a second at most.
# Really: it remembers the end of the running second by the wall clock. Set back by an hour, that second lasts for an hour: the
# next requests use up what was left of the 50, and from then on all requests of all routes wait, although no server limits them.
# Why bot authors care: the gateway stays connected and READY, so the bot looks well, and says nothing to anybody for an hour.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit @discordjs/rest@2.6.3 >/dev/null
cat >run.cjs <<'JS'
const http = require('node:http');
const { REST } = require('@discordjs/rest');

const HOUR_MS = 3_600_000;
let served = 0;
const server = http.createServer((request, response) => {
  served += 1;
  response.setHeader('content-type', 'application/json');
  response.end('{}');
});

server.listen(0, '127.0.0.1', async () => {
  const rest = new REST({ api: `http://127.0.0.1:${server.address().port}`, rejectOnRateLimit: () => true }).setToken('made-up');
  const ask = (number) => rest.get(`/channels/${number}`).then(() => undefined, (error) => error);
  await ask(1);
  const real = Date.now;
  Date.now = () => real() - HOUR_MS;
  // Well below 50 requests a second, each in a channel of its own.
  let limit;
  for (let number = 2; number <= 120 && limit === undefined; number += 1) {
    limit = await ask(number);
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  const waits = limit === undefined ? 0 : Math.round(limit.timeToReset / 60_000);
  console.log(`@discordjs/rest 2.6.3, clock set back by 60 minutes: ${served} requests served, then the global limit holds for ${waits} minutes`);
  process.exit(limit?.global === true && served === 50 && waits >= 59 ? 0 : 1);
});
JS
node run.cjs
# Seen 2026-11-29: 50 requests served, then the global limit holds for 60 minutes
