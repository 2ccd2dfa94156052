#!/usr/bin/env bash
# Guess: what the Chat SDK (`chat`) makes of Markdown for Discord looks there as the Markdown means: Discord has headings, quotes and
# escapes of its own, and writes them in the same way.
# Really: its adapter for Discord writes the text of each node and little else. A heading becomes plain text, and a line that was kept from being
# one by a `\` becomes a heading; so do quotes, spoilers, code and emphasis that were escaped. Of a quote of two lines only the first
# is quoted, of a list of tasks nobody can tell what is done, and of a message that is a picture with its description nothing is left.
# Why bot authors care: models write Markdown, with headings, and with `\*` where they mean the character, and every answer that is streamed
# is posted in this way. What they quote is then half in the quote and half in their own voice. Only what is given as `raw` is left alone.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit chat@4.41.1 @chat-adapter/discord@4.41.0 discord-markdown-parser@1.3.1 node@24.21.0 >/dev/null 2>&1
cat >run.mjs <<'JS'
import { DiscordFormatConverter } from '@chat-adapter/discord';
import { parse } from 'discord-markdown-parser';

const adapter = new DiscordFormatConverter();
// What Discord shows of a message: which parts of it are formatted, and how.
const shown = (nodes) => nodes.map((node) => (node.type === 'text' ? node.content : node.type === 'br' ? '/' : `<${node.type} ${[node.content].flat().map((part) => (typeof part === 'string' ? part : part.type === 'br' ? '/' : part.content)).join('')}>`)).join('');

const CASES = [
  ['# Result', '<heading Result>', 'Result'],
  ['\\# no heading', '# no heading', '<heading no heading>'],
  ['\\> no quote', '> no quote', '<blockQuote no quote>'],
  ['not \\*loud\\*', 'not *loud*', 'not <em loud>'],
  ['\\|\\|plain\\|\\|', '||plain||', '<spoiler plain>'],
  ['``a`b``', '<inlineCode a`b>', '<inlineCode a>b`'],
  ['> They said this\n> and this', '<blockQuote They said this/and this>', '<blockQuote They said this/>and this'],
  ['- [x] done\n- [ ] open', '- [x] done/- [ ] open', '- done/- open'],
  ['![a chart](https://a.example/b.png)', '![a chart](<url https://a.example/b.png>)', ''],
  ['**loud** and `code`', '<strong loud> and <inlineCode code>', '<strong loud> and <inlineCode code>'],
];
let isAsSeen = true;
for (const [markdown, wantedAsIs, wantedPosted] of CASES) {
  const posted = adapter.renderPostable({ markdown });
  const [asIs, really] = [shown(parse(markdown)), shown(parse(posted))];
  console.log(`${JSON.stringify(markdown)} is posted as ${JSON.stringify(posted)}: ${really === '' ? 'nothing' : really} instead of ${asIs}`);
  isAsSeen &&= asIs === wantedAsIs && really === wantedPosted && adapter.renderPostable({ raw: markdown }) === markdown;
}
process.exit(isAsSeen ? 0 : 1);
JS
"$folder/node_modules/.bin/node" run.mjs
# Seen 2026-11-30 with chat 4.41.1 and @chat-adapter/discord 4.41.0 on Node 24.21.
