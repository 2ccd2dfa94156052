#!/usr/bin/env bash
# Guess: @discordjs/rest obeys each limit that an answer named (`X-RateLimit-Remaining: 0` means wait), and has one request of a
# channel's route in flight at a time, so that messages are made in the order in which they were asked for.
# Really: not behind the first answer on a route. It names the bucket, from then on another queue is used, and that one knows nothing of
# what the answer said: the next request goes out at once and gets a 429. What was waiting in the old queue goes on beside the
# new one, so two requests of one route are in flight and the later one may be first. The name of a bucket is forgotten after a day without use.
# Why bot authors care: it is the first thing after each start, when a bot has most to catch up with: a message overtakes another,
# and the 429 counts as an invalid request, of which ten thousand in ten minutes lock out the whole address.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit @discordjs/rest@2.6.3 >/dev/null
cat >run.cjs <<'JS'
const http = require('node:http');
const { REST } = require('@discordjs/rest');

const ROUTE = '/channels/100000000000000001/messages';
const serve = (answer) =>
  new Promise((resolve) => {
    const server = http.createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      const { status = 200, headers = {}, json = {} } = await answer(JSON.parse(body).content);
      response.writeHead(status, { 'content-type': 'application/json', 'x-ratelimit-bucket': 'messages', ...headers });
      response.end(JSON.stringify(json));
    });
    server.listen(0, '127.0.0.1', () => {
      const rest = new REST({ api: `http://127.0.0.1:${server.address().port}` }).setToken('made-up');
      resolve((content) => rest.post(ROUTE, { body: { content } }));
    });
  });

const main = async () => {
  // One message in each three seconds.
  const answers = [];
  let freeAt = 0;
  const limited = await serve((content) => {
    const leftMs = freeAt - Date.now();
    const limits = { 'x-ratelimit-limit': '1', 'x-ratelimit-remaining': '0' };
    answers.push(`${content} ${leftMs > 0 ? 429 : 200}`);
    if (leftMs > 0) {
      const seconds = (leftMs / 1000 + 0.1).toFixed(3);
      return { status: 429, headers: { ...limits, 'x-ratelimit-reset-after': seconds, 'retry-after': seconds }, json: { message: 'You are being rate limited.', retry_after: Number(seconds), global: false } };
    }
    freeAt = Date.now() + 3000;
    return { headers: { ...limits, 'x-ratelimit-reset-after': '3.100' } };
  });
  for (const content of ['one', 'two', 'three']) await limited(content);

  // Nothing is limited; the second message is not answered until the third has come, five seconds at most.
  const came = [];
  const done = [];
  let thirdCame;
  const third = new Promise((resolve) => (thirdCame = resolve));
  const free = await serve(async (content) => {
    came.push(content);
    if (content === 'three') thirdCame();
    if (content === 'two') await Promise.race([third, new Promise((resolve) => setTimeout(resolve, 5000))]);
    done.push(content === 'two' && came.includes('three') ? 'two, in flight with three' : content);
    return { headers: { 'x-ratelimit-limit': '5', 'x-ratelimit-remaining': '4', 'x-ratelimit-reset-after': '5' } };
  });
  const first = free('one');
  const second = free('two');
  await first;
  await Promise.all([second, free('three')]);

  console.log(`@discordjs/rest 2.6.3, one in 3 s: ${answers.join(', ')}; without a limit: ${done.join('; ')}`);
  const isAsSeen = answers.join() === 'one 200,two 429,two 200,three 200' && done.includes('two, in flight with three');
  process.exit(isAsSeen ? 0 : 1);
};
main();
JS
node run.cjs
# Seen 2026-11-30: one 200, two 429, two 200, three 200; "two" in flight with "three".
