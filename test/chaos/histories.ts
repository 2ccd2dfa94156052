import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import { TEST_KEY } from '../simulators/bedrock.ts';
import type { BedrockSimulator } from '../simulators/bedrock.ts';

/** Far more than any conversation here. */
const MOST_EXCHANGES = 100_000;

interface StoredTurn {
  readonly role: string;
  readonly content: readonly { readonly text?: string }[];
}

const parsed = (value: unknown): unknown => {
  try {
    return JSON.parse(String(value));
  } catch {
    return undefined;
  }
};

const KEPT = "key LIKE 'history:%' OR key LIKE 'exchange:%'";

/** The records of conversations in a store, by their keys. */
export const readRecords = async (url: string): Promise<ReadonlyMap<string, string>> => {
  if (url.startsWith('sqlite://')) {
    using database = new DatabaseSync(url.slice('sqlite://'.length), { readOnly: true });
    return new Map(database.prepare(`SELECT key, value FROM keyv WHERE ${KEPT}`).all().map(({ key, value }) => [String(key), String(value)]));
  }
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ key: string; value: string }>(`SELECT key, value FROM parley_keyv WHERE ${KEPT}`);
    return new Map(rows.map(({ key, value }) => [key, value]));
  } finally {
    await client.end();
  }
};

const HEAD = 'history:';

/**
 * The stored conversations as Converse messages, by id.
 * @param isDamaged records were written over: one that no reader can read is none, for Parley sets it aside when it meets it
 */
export const readHistories = (records: ReadonlyMap<string, string>, isDamaged = false): Map<string, StoredTurn[]> => {
  const turnsOf = (key: string): StoredTurn[] => {
    const { turns } = JSON.parse(String(records.get(key))) as { turns?: StoredTurn[] };
    if (!Array.isArray(turns)) throw new TypeError('an exchange that nobody can read');
    return turns;
  };
  const heads = [...records].filter(([key]) => key.startsWith(HEAD)).map(([key, value]) => [key.slice(HEAD.length), value] as const);
  return new Map(
    heads.flatMap(([id, value]): [string, StoredTurn[]][] => {
      const head = parsed(value) as { first: number; count: number } | undefined;
      try {
        if (head === undefined || head.count > MOST_EXCHANGES) throw new TypeError('a head that nobody can read');
        return [[id, Array.from({ length: head.count }, (_, index) => turnsOf(`exchange:${id}/${head.first + index}`)).flat()]];
      } catch (error) {
        if (isDamaged) return [];
        throw error;
      }
    }),
  );
};

/** What Converse would answer to a next question: the simulator of Bedrock is as strict as the service. */
const converseStatus = async (bedrock: BedrockSimulator, modelId: string, turns: readonly StoredTurn[]): Promise<number> => {
  const response = await fetch(`${bedrock.url}/model/${modelId}/converse`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TEST_KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ messages: [...turns, { role: 'user', content: [{ text: 'And now?' }] }] }),
  });
  await response.arrayBuffer();
  return response.status;
};

/** Ids of the conversations with which Converse would refuse the next question. */
export const refusedHistories = async (bedrock: BedrockSimulator, modelId: string, histories: ReadonlyMap<string, readonly StoredTurn[]>): Promise<string[]> => {
  bedrock.respond({ text: 'Yes.' });
  const refused: string[] = [];
  for (const [key, turns] of histories) if ((await converseStatus(bedrock, modelId, turns)) !== 200) refused.push(key);
  return refused;
};
