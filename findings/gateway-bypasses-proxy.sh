#!/usr/bin/env bash
# Guess: with NODE_USE_ENV_PROXY=1 and HTTP(S)_PROXY set, Node sends everything of a discord.js bot through the proxy, or nothing.
# Really: discord.js's REST requests go through it, its gateway connection does not, because ws opens its sockets by itself
# (it hands http.request a createConnection of its own, and with that no agent, so no proxy).
# Why bot authors care: behind a proxy that is the only way out, login() looks fine up to the last REST call, and then the
# gateway connects to nobody; where the firewall is open, traffic that should pass the proxy leaves beside it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit node@24.21.0 discord.js@14.28.1 ws@8.23.0 >/dev/null
cat >run.cjs <<'JS'
const http = require('node:http');
const net = require('node:net');
const { Client } = require('discord.js');
const { WebSocketServer } = require('ws');

const listen = (server) => new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));

(async () => {
  const seen = { restBesideProxy: 0, restThroughProxy: 0, gatewayBesideProxy: 0, gatewayThroughProxy: 0 };
  const fromProxy = new Set();
  let apiPort;
  const api = http.createServer((request, response) => {
    seen[fromProxy.has(request.socket.remotePort) ? 'restThroughProxy' : 'restBesideProxy'] += 1;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ url: `ws://127.0.0.1:${apiPort}`, shards: 1, session_start_limit: { total: 1000, remaining: 1000, reset_after: 1, max_concurrency: 1 } }));
  });
  const gateway = new WebSocketServer({ noServer: true });
  const connected = new Promise((resolve) =>
    api.on('upgrade', (request, socket, head) => {
      seen[fromProxy.has(request.socket.remotePort) ? 'gatewayThroughProxy' : 'gatewayBesideProxy'] += 1;
      gateway.handleUpgrade(request, socket, head, () => resolve());
    }),
  );
  apiPort = await listen(api);
  const proxy = http.createServer();
  proxy.on('connect', (request, socket) => {
    const [host, port] = request.url.split(':');
    const onward = net.connect(Number(port), host, () => {
      fromProxy.add(onward.localPort);
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.pipe(socket);
      socket.pipe(onward);
    });
    onward.on('error', () => socket.destroy());
    socket.on('error', () => onward.destroy());
  });
  const proxyPort = await listen(proxy);
  http.setGlobalProxyFromEnv({ HTTP_PROXY: `http://127.0.0.1:${proxyPort}` });
  const client = new Client({ intents: [], rest: { api: `http://127.0.0.1:${apiPort}` } });
  client.login('MTIz.made-up.token').catch(() => undefined);
  await connected;
  console.log(`node ${process.version}, discord.js 14.28.1, ws 8.23.0`, JSON.stringify(seen));
  const isAsSeen = seen.restThroughProxy > 0 && seen.restBesideProxy === 0 && seen.gatewayBesideProxy === 1 && seen.gatewayThroughProxy === 0;
  process.exit(isAsSeen ? 0 : 1);
})();
JS
./node_modules/.bin/node run.cjs
# Seen 2026-11-28: {"restBesideProxy":0,"restThroughProxy":1,"gatewayBesideProxy":1,"gatewayThroughProxy":0}
