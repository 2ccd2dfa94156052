import { createCdnAddress, DISCORD_CDN_URLS } from '../files/cdn-address.ts';
import { download } from '../files/download.ts';
import { storedAt } from '../../policy/server-settings.ts';
import { isOwnersAlone } from '../../policy/settings-tree.ts';
import { importSettings } from '../../policy/settings-yaml.ts';
import { OWNERS_ALONE } from './edit-settings.ts';
import type { Attachment } from 'discord.js';
import type { ImportProblem } from '../../policy/settings-yaml.ts';
import type { ServerSettings } from '../../policy/server-settings.ts';
import type { EditSettings, Manager } from './edit-settings.ts';
import type { ServerPlaces } from './server-places.ts';

/** In bytes, see {@link importSettings}. */
const MAX_BYTES = 1_000_000;
const WITHIN_MS = 20_000;

/** The text of a file that somebody gave along; undefined where it cannot be read. */
export const readText = async ({ url, size }: Pick<Attachment, 'url' | 'size'>, cdnUrl: string | undefined): Promise<string | undefined> => {
  const address = createCdnAddress(cdnUrl === undefined ? DISCORD_CDN_URLS : [cdnUrl])(url);
  if (address === undefined || size > MAX_BYTES) return undefined;
  try {
    const bytes = await download(address, MAX_BYTES, AbortSignal.timeout(WITHIN_MS));
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
};

/** All of a file that can be kept for a server, or all that is wrong with it. @param now what it takes the place of */
export const checkImport = async (
  text: string,
  { guildId, by }: Pick<Manager, 'guildId' | 'by'>,
  now: ServerSettings,
  { edit, places }: { readonly edit: Pick<EditSettings, 'problemWith'>; readonly places: Pick<ServerPlaces, 'placeOf'> },
): Promise<ServerSettings | readonly ImportProblem[]> => {
  const imported = importSettings(text);
  if (!('settings' in imported)) return imported;
  const strange = imported.places.flatMap(({ line, level, id }) => {
    const found = places.placeOf(guildId, id);
    return found?.level === level && found.id === id ? [] : [{ line, reason: `${id} is no ${level} of this server` }];
  });
  const wrong = await Promise.all(
    imported.values.map(async ({ line, place, key, value }) => {
      const isTheirs = by === 'owner' || !isOwnersAlone(key) || storedAt(now, place)[key] === value;
      const problem = isTheirs ? await edit.problemWith(guildId, key, value) : OWNERS_ALONE;
      return problem === undefined ? [] : [{ line, reason: `${key} ${problem}` }];
    }),
  );
  const problems = [...strange, ...wrong.flat()].toSorted((one, other) => one.line - other.line);
  return problems.length > 0 ? problems : imported.settings;
};
