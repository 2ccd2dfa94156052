import { openStore } from '../../src/store/open-store.ts';

/** What the ledger of a store has of a question, as it is written there. */
export const ledgerRow = async (storeUrl: string, questionId: string): Promise<string | undefined> => {
  const store = openStore(storeUrl, { table: 'ledger' });
  try {
    return await store.get(`question:${questionId}`);
  } finally {
    await store.close();
  }
};
