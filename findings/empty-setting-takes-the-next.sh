#!/usr/bin/env bash
# Guess: in an `--env-file`, `PREFIX= ` with a space behind it is an empty setting, as `PREFIX=` is: Node's manual says that white space
# around names and values is ignored.
# Really: it is, and the end of the line with it. PREFIX then holds the whole next line, and the setting on that line is not set at all.
# Only a space or tab behind the `=` does that, also before empty lines; with a remark behind it, or quotes, the setting is empty.
# dotenv, which Node says it follows, and Node 20 read it as one would guess.
# Why bot authors care: a `.env` is what whoever runs the bot edits, by emptying one value; the space is not seen, and nothing is said. What is
# lost is another setting: a limit goes back to its default, and where a list that is not there means "everybody", everybody is let in.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit node@24.21.0 dotenv@18.0.10 >/dev/null
printf 'PREFIX= \nSERVERS=100000000000000001\nSIGN=  # none\nCOLOUR=blue\nNAME=\nLIMIT=5\n' >settings
cat >run.mjs <<'JS'
import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { parse } from 'dotenv';

const NAMES = ['PREFIX', 'SERVERS', 'SIGN', 'COLOUR', 'NAME', 'LIMIT'];
const shown = (settings) => NAMES.map((name) => `${name} ${name in settings ? `"${settings[name]}"` : 'not set'}`).join(', ');
const text = readFileSync('settings', 'utf8');
const rest = 'SIGN "", COLOUR "blue", NAME "", LIMIT "5"';
const guessed = `PREFIX "", SERVERS "100000000000000001", ${rest}`;
const really = `PREFIX "SERVERS=100000000000000001", SERVERS not set, ${rest}`;
console.log(`dotenv 18.0.10: ${shown(parse(text))}`);
console.log(`Node ${process.version}, --env-file: ${shown(process.env)}`);
console.log(`Node ${process.version}, util.parseEnv: ${shown(parseEnv(text))}`);
process.exit(shown(parse(text)) === guessed && shown(process.env) === really && shown(parseEnv(text)) === really ? 0 : 1);
JS
env -i PATH="$PATH" node_modules/.bin/node --env-file=settings run.mjs
# Seen 2026-11-30 with Node 22.23, 24.21 and 26.10: PREFIX holds the next line, SERVERS is not set. Node 20.20: as guessed.
