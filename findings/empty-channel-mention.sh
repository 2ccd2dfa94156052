#!/usr/bin/env bash
# Guess: SQL's "not equal", `a <> b`, is text for every reader of Discord's Markdown, as it is on Discord.
# Really: @odiffey/discord-markdown takes `<>` for the mention of a channel without an id, and `<5>` for that of channel 5: in its
# pattern both the `#` and the digits may be missing. The two characters, or the number, are in no text node any more.
# Why bot authors care: whoever checks, logs or searches messages by the text of such a parse loses every `<>` of a query, and
# whoever renders them shows an empty mention in its place. discord-markdown-parser reads both as text.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit @odiffey/discord-markdown@3.3.0 discord-markdown-parser@1.3.1 >/dev/null
cat >run.mjs <<'JS'
import { parser } from '@odiffey/discord-markdown';
import { parse } from 'discord-markdown-parser';

const typesOf = (nodes) => nodes.map(({ type }) => type).join(' ');
let isAsSeen = true;
for (const text of ['where a <> b', 'less <5> more']) {
  const [odd, usual] = [typesOf(parser(text)), typesOf(parse(text, 'normal'))];
  console.log(`${text}: @odiffey/discord-markdown 3.3.0 reads ${odd}; discord-markdown-parser 1.3.1 reads ${usual}`);
  isAsSeen &&= odd.includes('discordChannel') && !/channel/iu.test(usual);
}
process.exit(isAsSeen ? 0 : 1);
JS
node run.mjs
# Seen 2026-11-29: a channel between two texts in both; text alone from the other parser.
