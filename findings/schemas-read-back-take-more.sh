#!/usr/bin/env bash
# Guess: what zod's `toJSONSchema` wrote, its `fromJSONSchema` reads as it was meant; and what that cannot say in zod, it throws for, as
# it does for `not`, `if` and `dependentRequired`.
# Really: rules that stand without a `type` beside them, and `required` names that are not among the `properties`, are left out without
# a word. zod itself writes such: two rules for one string are gone when they are read back, and so are the keys that a record of an enum
# must have. Of "one of the two must be there", `anyOf` takes neither, and `oneOf` refuses even what is right.
# Why bot authors care: the tools of an MCP server come as JSON Schema, and with this function one checks what a model wants to call them
# with. "An id or a name" is said in just that way; the check is there, its tests with good input are green, and it checks nothing.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit zod@4.6.7 ajv@8.20.0 >/dev/null
cat >run.mjs <<'JS'
import { Ajv2020 } from 'ajv/dist/2020.js';
import { z } from 'zod';

const ajv = new Ajv2020({ strict: false, logger: false });
const properties = { id: { type: 'string' }, name: { type: 'string' } };
const either = [{ required: ['id'] }, { required: ['name'] }];
// A schema, something that it takes, and something that it refuses: as Ajv says, and as zod 4.6.7 says.
const CASES = [
  ['the name of a picture', z.toJSONSchema(z.string().startsWith('cat-').endsWith('.png')), 'cat-1.png', 'notes', [true, true]],
  ['a text in each language', z.toJSONSchema(z.record(z.enum(['de', 'en']), z.string())), { de: 'ja', en: 'yes' }, {}, [true, true]],
  ['id or name', { type: 'object', properties, anyOf: either }, { id: '7' }, {}, [true, true]],
  ['id or name, not both', { type: 'object', properties, oneOf: either }, { id: '7' }, {}, [false, false]],
  ['more than it names', { type: 'object', properties, required: ['id', 'reason'] }, { id: '7', reason: 'spam' }, { id: '7' }, [true, true]],
  ['two of anything', { type: 'array', minItems: 2 }, [1, 2], [], [true, true]],
  ['two strings', { type: 'array', items: { type: 'string' }, minItems: 2 }, ['a', 'b'], [], [true, false]],
];
let isAsSeen = true;
for (const [name, schema, good, bad, wanted] of CASES) {
  const isValid = ajv.compile(schema);
  const back = z.fromJSONSchema(schema);
  const [byAjv, byZod] = [[isValid(good), isValid(bad)], [back.safeParse(good).success, back.safeParse(bad).success]];
  const said = (takes) => (takes ? 'taken' : 'refused');
  console.log(`${name}: ${JSON.stringify(good)} ${said(byZod[0])} (by Ajv ${said(byAjv[0])}), ${JSON.stringify(bad)} ${said(byZod[1])} (by Ajv ${said(byAjv[1])})`);
  isAsSeen &&= `${byAjv}` === 'true,false' && `${byZod}` === `${wanted}`;
}
for (const schema of [{ not: { type: 'string' } }, { type: 'object', dependentRequired: { id: ['name'] } }, { if: { required: ['id'] }, then: { required: ['name'] } }]) {
  let said = 'read';
  try {
    z.fromJSONSchema(schema);
  } catch (error) {
    said = error.message;
  }
  console.log(`${JSON.stringify(schema)}: ${said}`);
  isAsSeen &&= said.includes('not supported');
}
process.exit(isAsSeen ? 0 : 1);
JS
node run.mjs
# Seen 2026-11-30 with Node 20.20 and 24.21.
