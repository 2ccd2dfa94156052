#!/usr/bin/env bash
# Guess: a path of pino's `redact` that finds nothing in a value leaves the value as it would be without it.
# Really: each object that such a path could pass through is copied by its keys, also where there is nothing to redact. What keeps
# itself in private fields does not survive that: with `*.token`, a URL, a Buffer, or a Collection of discord.js in any log line is
# "[unable to serialize, circular reference is too complex to analyze]", and with `request.*.token` the whole request is, for its URL.
# Why bot authors care: `*.token` is the path that every bot wants, and what it takes is the address that could not be reached, or who
# was there. The words speak of a circle that is not there, and tests of the redaction itself are green.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit pino@10.4.0 @discordjs/collection@1.5.3 >/dev/null
cat >run.mjs <<'JS'
import { Collection } from '@discordjs/collection';
import { pino } from 'pino';

const LOST = '"[unable to serialize, circular reference is too complex to analyze]"';
const logged = (redact, fields) => {
  let line = '';
  pino({ base: null, timestamp: false, redact }, { write: (text) => void (line = text) }).info(fields);
  const { level, ...rest } = JSON.parse(line);
  return JSON.stringify(rest);
};
const cases = [
  [['*.token'], { endpoint: new URL('https://a.example/b') }, '{"endpoint":"https://a.example/b"}', `{"endpoint":${LOST}}`],
  [['*.token'], { body: Buffer.from('hi') }, '{"body":{"type":"Buffer","data":[104,105]}}', `{"body":${LOST}}`],
  [['*.token'], { roles: new Collection([['1', 'admin']]) }, '{"roles":["admin"]}', `{"roles":${LOST}}`],
  [['request.*.token'], { request: { url: new URL('https://a.example/b'), tries: 3 } }, '{"request":{"url":"https://a.example/b","tries":3}}', `{"request":${LOST}}`],
  [['*.token'], { at: new Date(0), user: { token: 'made-up' } }, '{"at":"1970-01-01T00:00:00.000Z","user":{"token":"made-up"}}', '{"at":"1970-01-01T00:00:00.000Z","user":{"token":"[Redacted]"}}'],
];
let isAsSeen = true;
for (const [paths, fields, without, withThem] of cases) {
  const [plain, redacted] = [logged([], fields), logged(paths, fields)];
  console.log(`pino 10.4.0: ${plain}, and with ${paths}: ${redacted}`);
  isAsSeen &&= plain === without && redacted === withThem;
}
process.exit(isAsSeen ? 0 : 1);
JS
node run.mjs
# Seen 2026-11-30 with Node 20.20 and 24.21: the URL, the Buffer, the Collection and the whole request are lost; the date is not.
