#!/usr/bin/env bash
# Guess: `npm sbom --omit=dev` lists what `npm ci --omit=dev` installs.
# Really: a dependency of the program that a development dependency depends on, too, is left out, with all that it brings along, and
# the document says nothing of it; `npm ls --omit=dev` and the lockfile have it. Of two dependencies, only the one that nobody
# shares is listed.
# Why bot authors care: the bill of materials of an image is what scanners look for known holes in. Test suites and tools depend on
# the very packages that they are for (a store's test suite on the store, a mock of a client on the client), and just those are missing.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir npm program
(cd npm && npm init -y >/dev/null && npm install --silent --no-fund --no-audit npm@11.19.1 >/dev/null)
cd program
cat >package.json <<'JSON'
{ "name": "program", "version": "1.0.0", "dependencies": { "ms": "2.1.3", "once": "1.4.0" }, "devDependencies": { "debug": "4.4.3" } }
JSON
npm=(node ../npm/node_modules/npm/bin/npm-cli.js)
"${npm[@]}" install --silent --no-fund --no-audit >/dev/null
listed=$("${npm[@]}" sbom --omit=dev --sbom-format=cyclonedx |
  node -e 'let text = ""; process.stdin.on("data", (data) => (text += data)).on("end", () => console.log(JSON.parse(text).components.map(({ name }) => name).sort().join(" ")))')
rm -rf node_modules
"${npm[@]}" ci --omit=dev --silent --no-fund --no-audit >/dev/null
installed=$(ls node_modules | xargs)
echo "npm 11.19.1: installed with --omit=dev: $installed; listed by sbom --omit=dev: $listed"
[ "$installed" = "ms once wrappy" ] && [ "$listed" = "once wrappy" ]
# Seen 2026-11-29: installed are ms, once and wrappy; listed are once and wrappy.
