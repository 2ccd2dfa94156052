#!/usr/bin/env bash
# Guess: a whole number that is bound to a parameter of node:sqlite is an INTEGER, as its documentation has it in its table of types
# and Python's sqlite3 does it: 'quota:' || ? with 5 is 'quota:5'.
# Really: every JavaScript number is bound as a REAL, and SQLite writes a REAL with its point: 'quota:5.0' as a key, '5.0' in a column
# of TEXT, {"n":5.0} in JSON, and ? / 2 is 2.5. A column of INTEGER turns it back, and what is read is a number again, so most
# tests see none of it. Only a BigInt (5n) is bound as an INTEGER.
# Why bot authors care: node:sqlite needs no native build, so counts, days and quotas of small bots end in it. A key or a JSON path put
# together in SQL never finds the row that another line of the same program put together in JavaScript.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit node@24.21.0 >/dev/null
cat >run.mjs <<'JS'
import { DatabaseSync } from 'node:sqlite';

const db = new DatabaseSync(':memory:');
db.exec(`CREATE TABLE quota (key TEXT PRIMARY KEY, day TEXT, used INTEGER);
  INSERT INTO quota VALUES ('guild:5', '20423', 7)`);
const all = (sql, ...values) => Object.values(db.prepare(sql).get(...values) ?? {}).join(' ');
const look = (five) => [
  `'quota:' || ? is ${all("SELECT 'quota:' || ?", five)}`,
  `in a column of TEXT ${all("INSERT INTO quota (key, day) VALUES (hex(randomblob(8)), ?) RETURNING day", five)}`,
  `in a column of INTEGER ${all("INSERT INTO quota (key, used) VALUES (hex(randomblob(8)), ?) RETURNING used, typeof(used)", five)}`,
  `as JSON ${all("SELECT json_object('n', ?)", five)}`,
  `? / 2 is ${all('SELECT ? / 2', five)}`,
  `the row of 'guild:' || ? is ${all("SELECT used FROM quota WHERE key = 'guild:' || ?", five) || 'not found'}`,
  `typeof(?) is ${all('SELECT typeof(?)', five)}, and read back it is ${all('SELECT ?', five)}`,
];
const [number, bigint] = [look(5), look(5n)];
console.log(`node:sqlite of Node ${process.version}\n5:  ${number.join('; ')}\n5n: ${bigint.join('; ')}`);
const ofNumber = /is quota:5\.0;.*TEXT 5\.0;.*INTEGER 5 integer;.*\{"n":5\.0\};.*is 2\.5;.*not found; typeof\(\?\) is real, and read back it is 5$/u;
const ofBigint = /is quota:5;.*TEXT 5;.*INTEGER 5 integer;.*\{"n":5\};.*is 2;.*is 7; typeof\(\?\) is integer, and read back it is 5$/u;
process.exit(ofNumber.test(number.join('; ')) && ofBigint.test(bigint.join('; ')) ? 0 : 1);
JS
"$folder/node_modules/.bin/node" --no-warnings run.mjs
# Seen 2026-11-30 on Node v24.21.0: quota:5.0, 5.0, {"n":5.0}, 2.5 and "not found" for 5; quota:5, 5, {"n":5}, 2 and 7 for 5n.
