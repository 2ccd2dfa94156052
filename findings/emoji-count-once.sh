#!/usr/bin/env bash
# Guess: `z.string().max(n)` looks at `.length`, as it always has: what it lets pass has at most n of what JavaScript counts.
# Really: zod 4.6 counts code points. Where twenty are allowed, twenty emoji pass, with a `.length` of forty; and `.length(2)` refuses an
# emoji whose `.length` is 2. Letters with a combining mark still count twice, and emoji of several parts by their parts.
# Why bot authors care: texts of Discord are full of emoji, and whatever is cut by `.slice(0, n)`, sized by `.length`, or kept in a column
# of so many UTF-16 units does not agree with the check before it. The bound of a check is no bound of the memory that a text takes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit zod@4.6.7 >/dev/null
cat >run.mjs <<'JS'
import { z } from 'zod';

const passes = (schema, text) => schema.safeParse(text).success;
const emoji = '\u{1F642}';
const seen = {
  'max(20) takes twenty emoji': passes(z.string().max(20), emoji.repeat(20)),
  'and not twenty-one': !passes(z.string().max(20), emoji.repeat(21)),
  'length(2) refuses an emoji': !passes(z.string().length(2), emoji),
  'min(2) does, too': !passes(z.string().min(2), emoji),
  'a letter with its accent apart is two': passes(z.string().length(2), 'e\u0301'),
  'and a family three, with two joints': passes(z.string().length(5), '\u{1F468}\u200D\u{1F469}\u200D\u{1F467}'),
};
console.log(`.length of twenty emoji: ${emoji.repeat(20).length}`);
for (const [what, is] of Object.entries(seen)) console.log(`${what}: ${is}`);
process.exit(Object.values(seen).every(Boolean) ? 0 : 1);
JS
node run.mjs
# Seen 2026-11-30 with Node 20.20 and 24.21.
