#!/usr/bin/env bash
# Guess: a log that is written in the background and flushed once more when the process ends (pino's asynchronous destination, then
# flushSync) has all of its lines in the order in which they were said.
# Really: flushSync writes what is still waiting and leaves alone what the system is just writing. Where that write has not begun yet,
# because the pool of threads is busy for a moment, the last lines of a process stand before earlier ones; Node then waits for the pool, so none is lost.
# Why bot authors care: hashes, look-ups of names, compression and files share that pool of four. What a bot said last before it ended
# is what one reads first, and there "stopped" stands before its reason.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit pino@10.4.0 >/dev/null
cat >run.mjs <<'JS'
import { pbkdf2 } from 'node:crypto';
import { once } from 'node:events';
import { pino } from 'pino';

const out = pino.destination({ dest: 'log', sync: false });
await once(out, 'ready');
process.on('exit', () => out.flushSync());
if (process.argv[2] === 'busy') for (let hand = 0; hand < 4; hand += 1) pbkdf2('a password', 'salt', 1_000_000, 32, 'sha256', () => {});
const log = pino(out);
for (const line of ['the reason', 'stopping', 'stopped']) log.info(line);
// Where the pool is free, the first line has been written by then.
if (process.argv[2] !== 'busy') await once(out, 'drain');
process.exit(0);
JS
lines_with() {
  rm -f log
  node run.mjs "$1"
  node -e 'console.log(require("node:fs").readFileSync("log", "utf8").trim().split("\n").map((line) => JSON.parse(line).msg).join(", "))'
}
idle=$(lines_with idle)
busy=$(lines_with busy)
echo "pino 10.4.0, flushed at the end: with a pool that is free: $idle; with one that is busy: $busy"
[ "$idle" = "the reason, stopping, stopped" ] && [ "$busy" = "stopping, stopped, the reason" ]
# Seen 2026-11-29 with Node 20.20: "the reason, stopping, stopped", and "stopping, stopped, the reason".
