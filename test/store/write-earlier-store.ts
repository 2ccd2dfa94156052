/**
 * Writes what is in `earlier-store.json`: the records that the Parley beside this file leaves behind of the conversation in
 * `earlier-conversation.ts`, with words in place of Discord's ids. To be run before the form of what is stored changes:
 * `npx node test/store/write-earlier-store.ts > earlier-store.json`
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { startWorld } from '../start-parley.ts';
import { playEarlierConversation } from './earlier-conversation.ts';

const folder = mkdtempSync(join(tmpdir(), 'parley-'));
const path = join(folder, 'store.sqlite');
const world = await startWorld({ environment: { STORE_URL: `sqlite://${path}` }, discord: { rateLimits: 'off' } });
const { words } = await playEarlierConversation(world);
await world.close();

const database = new DatabaseSync(path);
const rows = database.prepare("SELECT key, value FROM keyv WHERE key GLOB 'history:*' OR key GLOB 'exchange:*' OR key GLOB 'answer:*' OR key GLOB 'pending:*' ORDER BY key").all() as { key: string; value: string }[];
database.close();
rmSync(folder, { recursive: true });
const longestFirst = [...words].toSorted(([one], [other]) => other.length - one.length);
const text = longestFirst.reduce((all, [id, word]) => all.replaceAll(id, word), JSON.stringify(rows, undefined, 1));
console.log(text);
