import { changesBetween } from './server-settings.ts';
import type { MadeChange, ServerSettings } from './server-settings.ts';

/** What was changed, as it is remembered. */
export interface AuditEntry extends MadeChange {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly byId: string;
}

/** What is stored of a server, and the very text that it was read from; undefined where nothing is. */
export interface StoredServer {
  readonly settings: ServerSettings;
  /** How often it was changed. */
  readonly revision: number;
  readonly text: string | undefined;
}

/** Where the settings of servers last. Everything rejects with a `Failure` of kind `store` or `store-full`. */
export interface SettingsStore {
  /** Another word after each change, whoever makes it; undefined before the first. */
  revision(): Promise<string | undefined>;
  /** By the server's id. */
  all(): Promise<ReadonlyMap<string, ServerSettings>>;
  read(guildId: string): Promise<StoredServer>;
  /** All of it or, where somebody else was first, nothing: then false. */
  replace(guildId: string, before: StoredServer, after: ServerSettings, made: readonly Omit<AuditEntry, 'id'>[]): Promise<boolean>;
  /** The newest first. */
  audit(guildId: string, limit: number): Promise<readonly AuditEntry[]>;
  auditEntry(guildId: string, id: string): Promise<AuditEntry | undefined>;
}

/** The settings of all servers, as they are in memory. */
export interface SettingsBook {
  /** Another number after each change of any of them. */
  readonly version: number;
  /** Undefined where nobody has decided anything. */
  of(guildId: string): ServerSettings | undefined;
  /**
   * Makes of a server's settings, as they are stored at this moment, those that they should be, and keeps who changed what.
   * @param edit is called again where somebody else was first; what it throws, this does
   */
  change(guildId: string, byId: string, edit: (now: ServerSettings) => ServerSettings): Promise<readonly MadeChange[]>;
  audit: SettingsStore['audit'];
  auditEntry: SettingsStore['auditEntry'];
  /** Looks whether another process has changed something. */
  look(): Promise<void>;
  /** Reads what there is, and looks every few seconds from now on. Never rejects: what cannot be read yet is read later. */
  open(): Promise<void>;
  close(): void;
}

export interface SettingsBookOptions {
  readonly store: SettingsStore;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** How long other processes may not know of a change, in milliseconds: half of what is promised. */
const LOOK_EVERY_MS = 2_500;

/** So many other processes are first, one after the other, at most. */
const ATTEMPTS = 20;

export const createSettingsBook = ({ store, now }: SettingsBookOptions): SettingsBook => {
  let servers: ReadonlyMap<string, ServerSettings> = new Map();
  let known: string | undefined;
  let version = 0;
  let looking: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  const lookOnce = async (): Promise<void> => {
    const revision = await store.revision();
    if (revision === known) return;
    const before = version;
    const all = await store.all();
    // What was changed here meanwhile may not be among it.
    if (version !== before) return lookOnce();
    servers = all;
    // What came between the two reads is read again by the next look.
    known = revision;
    version += 1;
  };
  const look = (): Promise<void> => (looking ??= lookOnce().finally(() => (looking = undefined)));
  // That the store fails is told by those who watch it.
  const lookQuietly = (): Promise<void> => look().catch(() => undefined);

  const changeNow: SettingsBook['change'] = async (guildId, byId, edit) => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const before = await store.read(guildId);
      const after = edit(before.settings);
      const made = changesBetween(before.settings, after);
      if (made.length === 0) return made;
      const at = now();
      if (!(await store.replace(guildId, before, after, made.map((change) => ({ ...change, at, byId }))))) continue;
      servers = new Map(servers).set(guildId, after);
      version += 1;
      return made;
    }
    throw new Error('the settings of a server are changed by others all the time');
  };
  /** Of one process, one after the other. */
  let last: Promise<unknown> = Promise.resolve();

  return {
    get version() {
      return version;
    },
    of: (guildId) => servers.get(guildId),
    change: (guildId, byId, edit) => {
      const change = last.then(() => changeNow(guildId, byId, edit));
      last = change.catch(() => undefined);
      return change;
    },
    audit: store.audit,
    auditEntry: store.auditEntry,
    look,
    open: async () => {
      timer ??= setInterval(lookQuietly, LOOK_EVERY_MS);
      timer.unref();
      await lookQuietly();
    },
    close: () => clearInterval(timer),
  };
};

