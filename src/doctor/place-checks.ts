import { GONE_CURE, goneIn } from '../policy/gone-values.ts';
import type { CheckGroup, Finding } from '../operations/finding.ts';
import type { ServerSettings } from '../policy/server-settings.ts';
import type { WhatIsThere } from '../policy/gone-values.ts';

export interface PlaceChecksOptions {
  /** Of all servers. */
  readonly settings: () => Promise<ReadonlyMap<string, ServerSettings>>;
  readonly serverFacts: (guildId: string, signal: AbortSignal) => Promise<ServerFacts | undefined>;
  readonly modelProblem: WhatIsThere['modelProblem'];
  /** What was used today everywhere, and the environment's limits, a sentence each. Rejects when the store does. */
  readonly today: () => Promise<readonly string[]>;
}

interface ServerFacts {
  readonly name: string;
  readonly roleIds: ReadonlySet<string>;
  readonly levels: ReadonlyMap<string, string>;
}

/** More than anybody mends at once. */
const MAX_TOLD = 20;
/** Servers that are looked at, one after the other. */
const MAX_SERVERS = 100;

/** What members wrote must not steer a terminal. */
const plain = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}]/gu, '').slice(0, 100);

/** Looks whether what admins have decided inside Discord still names what there is. */
export const createPlaceChecks = ({ settings, serverFacts, modelProblem, today }: PlaceChecksOptions): CheckGroup => {
  const check = 'places.gone';
  const look = async (signal: AbortSignal): Promise<readonly Finding[]> => {
    // What keeps the store from being read, its own checks tell.
    const all = await settings().catch(() => new Map<string, ServerSettings>());
    const found: Finding[] = [];
    let looked = 0;
    for (const [guildId, ofServer] of [...all].slice(0, MAX_SERVERS)) {
      // The bot is not there any more; or Discord cannot be asked, which its own checks tell.
      const facts = await serverFacts(guildId, signal).catch(() => undefined);
      if (facts === undefined) continue;
      looked += 1;
      const gone = await goneIn(ofServer, { hasRole: (id) => facts.roleIds.has(id), hasPlace: (level, id) => facts.levels.get(id) === level, modelProblem });
      found.push(...gone.map((says): Finding => ({ check, state: 'warning', says: `On ${plain(facts.name)}, ${says}`, cure: GONE_CURE })));
    }
    if (found.length > MAX_TOLD) return [...found.slice(0, MAX_TOLD), { check, state: 'warning', says: `So are ${found.length - MAX_TOLD} more.` }];
    if (looked === 0 || found.length > 0) return found;
    return [{ check, state: 'good', says: `What ${looked === 1 ? 'one server has' : `${looked} servers have`} in /settings names only what there is.` }];
  };
  const spent = async (): Promise<readonly Finding[]> => (await today().catch(() => [])).map((says) => ({ check: 'places.today', state: 'good', says }));
  return {
    id: 'places',
    title: 'Servers',
    checks: [
      { id: check, about: 'settings inside Discord', isForAdmins: false, run: look },
      { id: 'places.today', about: 'what was used today', isForAdmins: false, run: spent },
    ],
  };
};
