#!/usr/bin/env bash
# Guess: `rest.post(route, { signal: AbortSignal.timeout(500) })` of @discordjs/rest is over after half a second at the latest.
# Really: not while it waits for a limit. What is at the head of its queue, or was just answered 429, is told after the limit alone that
# it was aborted, and what its `timeout` says does not count either; only what waits behind it is told at once.
# Why bot authors care: a signal is how one bounds such a call, and limits are not short: minutes for a new name of a channel or thread, and
# up to a day where Discord's edge has locked out the address for too many refused requests. A check of the token, a shutdown or a request of
# a web page waits for all of it. Only `rejectOnRateLimit` ends such a wait, and it is told of the limit, not of the signal.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit @discordjs/rest@2.6.3 >/dev/null
cat >run.cjs <<'JS'
const http = require('node:http');
const { REST } = require('@discordjs/rest');

const LIMIT_S = 4;
/** An address where requests are counted, and the client that knows it. */
const serve = (answer) =>
  new Promise((resolve) => {
    const counted = { requests: 0 };
    const server = http.createServer(async (request, response) => {
      for await (const _ of request);
      counted.requests += 1;
      const { status, headers, json } = answer(counted.requests);
      response.writeHead(status, { 'content-type': 'application/json', 'x-ratelimit-bucket': 'messages', ...headers });
      response.end(JSON.stringify(json));
    });
    server.listen(0, '127.0.0.1', () => {
      const rest = new REST({ api: `http://127.0.0.1:${server.address().port}`, timeout: 1000 }).setToken('made-up');
      const post = (signal) => rest.post('/channels/100000000000000001/messages', { body: {}, ...(signal && { signal }) });
      resolve({ counted, post });
    });
  });
/** How a request with half a second ended, and whether that was long before the limit did. */
const aborted = async (post) => {
  const begunAt = performance.now();
  const how = await post(AbortSignal.timeout(500)).then(
    () => 'answered',
    () => 'aborted',
  );
  return `${how} ${performance.now() - begunAt < LIMIT_S * 750 ? 'in time' : 'after the limit'}`;
};

const main = async () => {
  const known = await serve((count) => ({ status: 200, json: {}, headers: { 'x-ratelimit-limit': '2', 'x-ratelimit-remaining': String(2 - count), 'x-ratelimit-reset-after': String(LIMIT_S) } }));
  await known.post();
  await known.post();
  const [first, second] = await Promise.all([aborted(known.post), aborted(known.post)]);

  const told = await serve(() => ({ status: 429, json: { message: 'You are being rate limited.', retry_after: LIMIT_S, global: false }, headers: { 'retry-after': String(LIMIT_S), 'x-ratelimit-scope': 'user' } }));
  const refused = await aborted(told.post);

  console.log(`@discordjs/rest 2.6.3, signal of 0.5 s, limit of ${LIMIT_S} s that is known: the first ${first}, the one behind it ${second}; ${known.counted.requests - 2} requests`);
  console.log(`@discordjs/rest 2.6.3, signal of 0.5 s, answered 429: ${refused}; ${told.counted.requests} request`);
  const isAsSeen = first === 'aborted after the limit' && second === 'aborted in time' && refused === 'aborted after the limit' && known.counted.requests === 2 && told.counted.requests === 1;
  process.exit(isAsSeen ? 0 : 1);
};
main();
JS
node run.cjs
# Seen 2026-11-30 with Node 20.20 and 24.21: aborted after the limit, but for the one behind; none of them was sent.
