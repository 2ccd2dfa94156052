import { DatabaseSync } from 'node:sqlite';
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

/**
 * The stored conversations as Converse messages, by id.
 * @param isDamaged records were written over: one that no reader can read is none, for Parley sets it aside when it meets it
 */
export const readHistories = (file: string, isDamaged = false): Map<string, StoredTurn[]> => {
  using database = new DatabaseSync(file, { readOnly: true });
  const exchange = database.prepare('SELECT value FROM keyv WHERE key = ?');
  const turnsOf = (key: string): StoredTurn[] => {
    const { turns } = JSON.parse(String(exchange.get(key)?.['value'])) as { turns?: StoredTurn[] };
    if (!Array.isArray(turns)) throw new TypeError('an exchange that nobody can read');
    return turns;
  };
  const heads = database.prepare("SELECT substr(key, 9) AS id, value FROM keyv WHERE key LIKE 'history:%'").all();
  return new Map(
    heads.flatMap(({ id, value }): [string, StoredTurn[]][] => {
      const head = parsed(value) as { first: number; count: number } | undefined;
      try {
        if (head === undefined || head.count > MOST_EXCHANGES) throw new TypeError('a head that nobody can read');
        return [[String(id), Array.from({ length: head.count }, (_, index) => turnsOf(`exchange:${id}/${head.first + index}`)).flat()]];
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
