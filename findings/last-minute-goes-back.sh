#!/usr/bin/env bash
# Guess: `next()` of a Cron of @sapphire/cron names a time that is still to come.
# Really: not in the last minute of a day (UTC). There it is the first match of the day that just ends, up to 24 hours ago, or for 23:59 the
# very same minute. For each pattern and each day that matches, it is right in the other 1,439 minutes.
# Why bot authors care: whoever waits for `next()` and then asks for the following one does not wait any more. A report "every day at 23:59",
# or anything that is due each minute, is then sent as fast as the timers go, for a minute; with a time that one has not tried at
# midnight, no test shows it. Discord answers with 429, and what each run costs is paid thousands of times.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit @sapphire/cron@1.2.1 croner@11.0.1 >/dev/null
cat >run.mjs <<'JS'
import { Cron } from '@sapphire/cron';
import { Cron as Croner } from 'croner';

const MINUTE = 60_000;
const DAY = Date.UTC(2026, 10, 30);
const nexts = {
  '@sapphire/cron': (pattern) => (now) => new Cron(pattern).next(new Date(now)).getTime(),
  croner: (pattern) => (now) => new Croner(pattern, { timezone: 'UTC' }).nextRun(new Date(now)).getTime(),
};
const minutesAsked = (next) => Array.from({ length: 1440 }, (_, index) => DAY + index * MINUTE).filter((now) => next(now) <= now);
// A bot that waits for the next time, as setTimeout waits (a millisecond at least), from 23:58 to 0:01.
const runs = (next) => {
  let [now, count] = [DAY + 1438 * MINUTE, 0];
  for (;;) {
    now = Math.max(next(now), now + 1);
    if (now >= DAY + 1441 * MINUTE) return count;
    count += 1;
  }
};

let isAsSeen = true;
for (const [pattern, wantedRuns] of [['59 23 * * *', [60_001, 1]], ['* * * * *', [60_001, 2]], ['0 9 * * *', [0, 0]]]) {
  for (const [index, [name, of]] of Object.entries(nexts).entries()) {
    const next = of(pattern);
    const wrong = minutesAsked(next).map((now) => `${new Date(now).toISOString().slice(11, 16)}: ${new Date(next(now)).toISOString()}`);
    const count = runs(next);
    console.log(`${pattern}, ${name}: not later than it was asked for at ${wrong.join(', ') || 'no minute of the day'}; runs from 23:58 to 0:01: ${count}`);
    isAsSeen &&= wrong.length === (index === 0 ? 1 : 0) && wrong.every((text) => text.startsWith('23:59: 2026-11-30')) && count === wantedRuns[index];
  }
}
process.exit(isAsSeen ? 0 : 1);
JS
node run.mjs
# Seen 2026-11-30 with Node 20.20 and 24.21.
