#!/usr/bin/env bash
# Guess: what stands behind the script's name on the command line is the script's own. Or, for those who know that Node looks for
# `--env-file` there too: it loads that file as if it stood in front.
# Really: it does half of it. `node bot.js --env-file bot.env` leaves the environment as it is, but obeys a NODE_OPTIONS in that file
# (the heap's limit changes), and where the file is missing Node ends with 9 and a "not found" of its own before the script is asked.
# Only `--` before or behind the script's name keeps Node from it.
# Why bot authors care: an option of one's own by that name cannot say anything useful of a wrong path, and a file that was only
# meant for the bot's reader changes how the process runs.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit node@24.21.0 >/dev/null
node=$folder/node_modules/.bin/node
cat >bot.js <<'JS'
const { heap_size_limit: limit } = require('node:v8').getHeapStatistics();
console.log(`${process.env.WORD ?? 'no WORD'}, ${limit >> 20} MiB, ${process.argv.slice(2).join(' ')}`);
JS
printf 'WORD=hello\nNODE_OPTIONS="--max-old-space-size=99"\n' >bot.env

unset NODE_OPTIONS WORD
front=$("$node" --env-file bot.env bot.js)
behind=$("$node" bot.js --env-file bot.env)
dashes=$("$node" -- bot.js --env-file bot.env)
missing=0
"$node" bot.js --env-file missing.env >out 2>err || missing=$?

echo "Node $("$node" --version)"
echo "in front of the script: $front"
echo "behind it:              $behind"
echo "with -- before it:      $dashes"
echo "a file that is missing: exit code $missing, the script printed $(wc -c <out) bytes, $(tr -d '\n' <err | sed "s#$folder/##g")"
limit() { sed 's/.*, \([0-9]*\) MiB.*/\1/' <<<"$1"; }
[[ $front == hello,* && $behind == 'no WORD,'*'--env-file bot.env' && $dashes == 'no WORD,'*'--env-file bot.env' ]]
[ "$(limit "$behind")" -eq "$(limit "$front")" ] && [ "$(limit "$behind")" -ne "$(limit "$dashes")" ]
[ "$missing" = 9 ] && [ ! -s out ]
# Seen 2026-11-29 on Node v24.21.0: behind it the word is not there and the heap's limit is the file's; a missing file ends it with 9.
