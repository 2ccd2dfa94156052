import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { checkedTable } from './checked-table.ts';
import { bounds } from './record-parts.ts';
import { jsonKind, textKind } from './record-kind.ts';
import { asStoreFailure } from './sqlite-errors.ts';
import { NO_SETTINGS } from '../policy/server-settings.ts';
import type { ServerSettings, SettingPlace } from '../policy/server-settings.ts';
import type { AuditEntry, SettingsStore } from '../policy/settings-book.ts';
import type { Store } from './open-store.ts';

/** What admins decided stays until they decide otherwise, in milliseconds: a hundred years. */
const FOR_EVER_MS = 100 * 365 * 24 * 60 * 60 * 1000;
/** Who changed what is kept for a year, in milliseconds. */
const AUDIT_MS = 365 * 24 * 60 * 60 * 1000;

/** Which values a key takes is known to those who use them; keys of a later version are kept as they are. */
const value = z.union([z.string().max(10_000), z.number(), z.boolean()]);
const key = z.string().regex(/^\w{1,40}$/u);
const values = z.record(key, value);

const VERSION = 1;
const settings = z.object({
  version: z.literal(VERSION),
  /** How often it was changed: the order of the changes, whatever clocks say. */
  revision: bounds.count,
  server: values,
  categories: z.record(bounds.id, values),
  channels: z.record(bounds.id, values),
});

type SettingsRecord = ServerSettings & { readonly version: typeof VERSION; readonly revision: number };

/** All that the admins of one server have decided: one record, so that all of a change is kept or nothing. */
export const settingsKind = jsonKind<SettingsRecord>({
  name: 'settings of a server',
  prefix: 'policy:settings:',
  version: VERSION,
  schema: settings,
  empty: { version: VERSION, revision: 0, ...NO_SETTINGS },
});

const audit = z.object({
  version: z.literal(VERSION),
  at: bounds.time,
  byId: bounds.id,
  level: z.enum(['server', 'category', 'channel']),
  placeId: bounds.id.exactOptional(),
  key,
  from: value.exactOptional(),
  to: value.exactOptional(),
});

type AuditRecord = z.infer<typeof audit>;

export const auditKind = jsonKind<AuditRecord>({ name: 'change of a setting', prefix: 'policy:audit:', version: VERSION, schema: audit });

/** Another one after each change of any server's settings: what others look at to see whether there is something new. */
export const revisionKind = textKind({ name: 'revision of the settings', prefix: 'policy:revision', isFine: (text) => /^[\da-f-]{36}$/u.test(text) });

const toRecord = ({ place, key: changed, from, to, at, byId }: Omit<AuditEntry, 'id'>): AuditRecord => ({
  version: VERSION,
  at,
  byId,
  level: place.level,
  ...(place.level === 'server' ? {} : { placeId: place.id }),
  key: changed,
  ...(from === undefined ? {} : { from }),
  ...(to === undefined ? {} : { to }),
});

const placeOf = ({ level, placeId }: AuditRecord): SettingPlace => (level === 'server' || placeId === undefined ? { level: 'server' } : { level, id: placeId });

const toEntry = (id: string, record: AuditRecord): AuditEntry => {
  const { at, byId, key: changed, from, to } = record;
  return { id, at, byId, place: placeOf(record), key: changed, from, to };
};

/** Ids in the order of the changes. */
const auditId = (revision: number, index: number): string => `${String(revision).padStart(13, '0')}-${String(index).padStart(4, '0')}-${randomUUID().slice(0, 8)}`;

/** What the admins of servers have decided, and who decided it. */
export const createSettingsStore = (store: Store): SettingsStore => {
  const servers = checkedTable(store, settingsKind);
  const changes = checkedTable(store, auditKind);
  const revisions = checkedTable(store, revisionKind);

  const reading = <Result>(work: () => Promise<Result>): Promise<Result> => asStoreFailure('The settings of a server could not be read', work);
  const writing = <Result>(work: () => Promise<Result>): Promise<Result> => asStoreFailure('The settings of a server could not be kept', work);

  return {
    revision: () => reading(async () => (await revisions.find(''))?.value),
    all: () =>
      reading(async () => {
        const all = new Map<string, ServerSettings>();
        for await (const [guildId, { version: _version, revision: _revision, ...found }] of servers.list()) all.set(guildId, found);
        return all;
      }),
    read: (guildId) =>
      reading(async () => {
        const found = await servers.find(guildId);
        if (found === undefined) return { settings: NO_SETTINGS, revision: 0, text: undefined };
        const { version: _version, revision, ...rest } = found.value;
        return { settings: rest, revision, text: found.text };
      }),
    replace: (guildId, { text, revision: before }, after, made) =>
      writing(async () => {
        const revision = before + 1;
        const record = servers.entry(guildId, { version: VERSION, revision, ...after }, FOR_EVER_MS);
        const news = revisions.entry('', randomUUID(), FOR_EVER_MS);
        if (record === undefined || news === undefined) throw new TypeError('settings that could not be read again');
        const entries = made.flatMap((change, index) => changes.entry(`${guildId}:${auditId(revision, index)}`, toRecord(change), AUDIT_MS) ?? []);
        return store.setMany([record, news, ...entries], [], { key: record.key, expected: text });
      }),
    audit: (guildId, limit) =>
      reading(async () => {
        const all: AuditEntry[] = [];
        for await (const [id, record] of changes.list(`${guildId}:`)) all.push(toEntry(id.slice(guildId.length + 1), record));
        return all.slice(-limit).toReversed();
      }),
    auditEntry: (guildId, id) =>
      reading(async () => {
        const found = await changes.find(`${guildId}:${id}`);
        return found && toEntry(id, found.value);
      }),
  };
};
