#!/usr/bin/env bash
# Guess: what `yaml` writes, it reads again as it was: whatever the string, `parse(stringify(value))` is the value.
# Really: a string of nothing but blanks and line breaks is written as a block whose indentation cannot be told from the blanks, and comes
# back without them. And with a `lineWidth` of 20, a text of several lines begins with an empty one when it is read again. js-yaml finds
# the same in what was written, so the text is lost when it is written. Nothing warns.
# Why bot authors care: personas and settings of a server are exported as YAML, edited by people, and imported again, and what a model is
# told may not change on the way. `lineWidth: 0`, or strings that are always quoted, keep what was there.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit yaml@2.9.1 js-yaml@5.5.0 >/dev/null
cat >run.mjs <<'JS'
import { load } from 'js-yaml';
import { parse, stringify } from 'yaml';

const blanks = '  \n';
const lines = 'Read this:\nit is important: all of it';
const quoted = { defaultStringType: 'QUOTE_DOUBLE', lineWidth: 0 };
const cases = [
  ['blanks and a line break', blanks, undefined, '\n'],
  ['the same, quoted', blanks, quoted, blanks],
  ['two lines, 20 wide', lines, { lineWidth: 20 }, `\n${lines}`],
  ['the same, 30 wide', lines, { lineWidth: 30 }, lines],
];
let isAsSeen = true;
for (const [name, text, options, wanted] of cases) {
  const file = stringify({ persona: text }, options);
  const [own, others] = [parse(file).persona, load(file).persona];
  console.log(`${name}: ${JSON.stringify(text)} is written as ${JSON.stringify(file)} and read as ${JSON.stringify(own)}, by js-yaml as ${JSON.stringify(others)}`);
  isAsSeen &&= own === wanted && others === wanted;
}
process.exit(isAsSeen ? 0 : 1);
JS
node run.mjs
# Seen 2026-11-30 with Node 20.20 and 24.21.
