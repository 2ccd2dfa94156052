#!/usr/bin/env bash
# Guess: `z.toJSONSchema` says in JSON Schema what the schema says, and throws where that cannot be said, as it does for a date or a bigint.
# Really: of a regular expression it takes the source and leaves the flags out, without a word: `/^(yes|no)$/i` becomes a pattern that
# takes small letters alone, and so for `s` and `m`. What the schema itself turns into small letters first is refused by its own
# JSON Schema, too, also where `io: 'input'` was asked for.
# Why bot authors care: a tool's input is described to the model by that JSON Schema, and checked by zod afterwards. What a person wrote in
# capitals, and the tool would have taken, the model may not pass on, and a gateway that checks the schema refuses it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit zod@4.6.7 ajv@8.17.1 >/dev/null
cat >run.mjs <<'JS'
import Ajv from 'ajv/dist/2020.js';
import { z } from 'zod';

const cases = [
  ['i', z.string().regex(/^(yes|no)$/i), 'YES'],
  ['s', z.string().regex(/^a.b$/s), 'a\nb'],
  ['m', z.string().regex(/^b$/m), 'a\nb'],
  ['small letters first', z.string().toLowerCase().regex(/^(yes|no)$/), 'YES'],
];
let isAsSeen = true;
for (const [name, schema, text] of cases) {
  const json = z.toJSONSchema(schema, { io: 'input' });
  const [own, its] = [schema.safeParse(text).success, new Ajv().validate(json, text)];
  console.log(`${name}: ${JSON.stringify(text)} is ${own ? 'taken' : 'refused'} by zod, and ${its ? 'taken' : 'refused'} by its JSON Schema, whose pattern is ${json.pattern}`);
  isAsSeen &&= own && !its;
}
let said = 'nothing';
try {
  z.toJSONSchema(z.date());
} catch (error) {
  said = error.message;
}
console.log(`of a date it says: ${said}`);
process.exit(isAsSeen && /cannot be represented/u.test(said) ? 0 : 1);
JS
node run.mjs
# Seen 2026-11-30 with Node 20.20 and 24.21.
