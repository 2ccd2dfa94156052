import { createSettingsBook } from '../../src/policy/settings-book.ts';
import { openStore } from '../../src/store/open-store.ts';
import { createSettingsStore } from '../../src/store/settings-store.ts';
import type { ServerSettings } from '../../src/policy/server-settings.ts';

/** Decides for a server, as another process on the same store would. */
export const decide = async (storeUrl: string, guildId: string, settings: Partial<ServerSettings>): Promise<void> => {
  const store = openStore(storeUrl);
  const book = createSettingsBook({ store: createSettingsStore(store), now: Date.now });
  await book.change(guildId, '1', () => ({ server: {}, categories: {}, channels: {}, ...settings }));
  await store.close();
};
