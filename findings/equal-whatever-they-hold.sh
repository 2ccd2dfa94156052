#!/usr/bin/env bash
# Guess: assert.deepStrictEqual tells two FormData apart whose fields differ, and two URLSearchParams and Headers, as it does with two Map
# and two URL.
# Really: on Node 24 all of these are equal to it whatever they hold, an empty one included, and so they are to util.isDeepStrictEqual
# and inside of other objects: what they hold is in private fields, which it does not see. Of two Blob it compares the size
# alone. Node 20 still told two FormData apart.
# Why bot authors care: a message with a file is sent as FormData. A test that compares the body that was sent with the one that was
# wanted passes with another text, another file, or none; so does a check for "has anything changed?" before an edit.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit node@24.21.0 >/dev/null
cat >run.mjs <<'JS'
import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';

const bodyOf = (content, file) => {
  const body = new FormData();
  body.set('payload_json', JSON.stringify({ content }));
  body.set('files[0]', new Blob([file], { type: 'text/plain' }), 'answer.txt');
  return body;
};
const isEqual = (one, other) => {
  try {
    assert.deepEqual({ sent: one }, { sent: other });
    return true;
  } catch {
    return false;
  }
};
const pairs = [
  ['FormData', bodyOf('Yes, send it.', 'all of it'), bodyOf('No.', '')],
  ['FormData and an empty one', bodyOf('Yes, send it.', 'all of it'), new FormData()],
  ['URLSearchParams', new URLSearchParams('wait=true'), new URLSearchParams('thread_id=7')],
  ['Headers', new Headers({ 'retry-after': '1' }), new Headers({ 'retry-after': '3600' })],
  ['Blob of one size', new Blob(['1.20 EUR']), new Blob(['9.90 EUR'])],
  ['Blob of two sizes', new Blob(['1.20 EUR']), new Blob(['12.00 EUR'])],
  ['URL', new URL('https://a.example/?wait=true'), new URL('https://a.example/?thread_id=7')],
  ['Map', new Map([['wait', 'true']]), new Map([['thread_id', '7']])],
];
const equal = pairs.filter(([, one, other]) => isEqual(one, other) && isDeepStrictEqual(one, other)).map(([name]) => name);
const told = pairs.filter(([, one, other]) => !isEqual(one, other) && !isDeepStrictEqual(one, other)).map(([name]) => name);
console.log(`Node ${process.version}: equal though they differ: ${equal.join(', ')}; told apart: ${told.join(', ')}`);
const isAsSeen = equal.join() === 'FormData,FormData and an empty one,URLSearchParams,Headers,Blob of one size' && told.join() === 'Blob of two sizes,URL,Map';
process.exit(isAsSeen ? 0 : 1);
JS
"$folder/node_modules/.bin/node" run.mjs
# Seen 2026-11-30 on Node v24.21.0: FormData, URLSearchParams, Headers and Blob of one size are equal; Blob of two sizes, URL and Map are told apart.
