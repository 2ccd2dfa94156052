import { LineCounter, Document, isMap, isScalar, isSeq, parseDocument } from 'yaml';
import { SETTING_KEYS, idsOf, isSettingKey, linesOf, problemWith, settingOf, valueFrom } from './settings-tree.ts';
import type { Node, Pair } from 'yaml';
import type { SettingValue } from './setting.ts';
import type { SettingKey } from './settings-tree.ts';
import type { ServerSettings, SettingPlace, StoredValues } from './server-settings.ts';

/** What is wrong with a line, as one sentence without its end. */
export interface ImportProblem {
  /** The first is 1. */
  readonly line: number;
  readonly reason: string;
}

/** What a file says that is to be looked at where it is used: whether a model, a role, a channel is there. */
export interface ImportedValue {
  readonly line: number;
  readonly place: SettingPlace;
  readonly key: string;
  readonly value: SettingValue;
}

export interface ImportedPlace {
  readonly line: number;
  readonly level: 'category' | 'channel';
  readonly id: string;
}

export interface Imported {
  readonly settings: ServerSettings;
  readonly values: readonly ImportedValue[];
  readonly places: readonly ImportedPlace[];
}

const VERSION = '1';
/** Enough for a server with all that a text field holds in each of hundreds of channels, in characters. */
export const MAX_IMPORT_LENGTH = 1_000_000;

/** `who: what` as an entry of a list, which reads like the line itself. */
const toItem = (line: string): string | Readonly<Record<string, string>> => {
  const [, who, what] = /^([^:]+?)\s*:\s+(.*)$/u.exec(line) ?? [];
  return who === undefined || what === undefined ? line : { [who]: what };
};

type Exported = SettingValue | readonly (string | Readonly<Record<string, string>>)[];

const isList = (key: SettingKey): boolean => ['roles', 'members'].includes(settingOf(key).input.type);

const exported = (key: SettingKey, value: SettingValue): Exported => {
  if (settingOf(key).input.type === 'lines') return linesOf(String(value)).map(toItem);
  return isList(key) ? idsOf(value) : value;
};

const sorted = (stored: StoredValues): Record<string, Exported> =>
  Object.fromEntries(SETTING_KEYS.flatMap((key) => (stored[key] === undefined ? [] : [[key, exported(key, stored[key])]])));

/** A server's settings as YAML, which {@link importSettings} reads again. Keys that this version does not know are left out. */
export const exportSettings = ({ server, categories, channels }: ServerSettings): string => {
  const group = (places: Readonly<Record<string, StoredValues>>) => Object.fromEntries(Object.entries(places).map(([id, values]) => [id, sorted(values)]));
  const document = new Document({ version: Number(VERSION), server: sorted(server), categories: group(categories), channels: group(channels) });
  return document.toString({ lineWidth: 0 });
};

/**
 * All of a file, or all that is wrong with it. Everything in it is a text at first, without tags and aliases: ids are longer than numbers
 * are exact, and `no` is a word.
 */
export const importSettings = (text: string): Imported | readonly ImportProblem[] => {
  if (text.length > MAX_IMPORT_LENGTH) return [{ line: 1, reason: 'the file is too long' }];
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, schema: 'failsafe', uniqueKeys: true, prettyErrors: false });
  const lineOf = (node: unknown, fallback = 1): number => {
    const range = (node as Node | null | undefined)?.range;
    return range ? counter.linePos(range[0]).line : fallback;
  };
  const problems: ImportProblem[] = document.errors.map(({ message, pos }) => ({ line: counter.linePos(pos[0]).line, reason: message.split('\n', 1)[0] ?? message }));
  if (problems.length > 0) return problems;
  const values: ImportedValue[] = [];
  const places: ImportedPlace[] = [];

  const add = (node: unknown, reason: string, fallback?: number): void => void problems.push({ line: lineOf(node, fallback), reason });
  const pairsOf = (node: unknown, what: string, line: number): readonly Pair[] => {
    if (isMap(node)) return node.items;
    if (node === null || node === undefined || (isScalar(node) && node.value === '')) return [];
    add(node, `${what} must be a list of names and values`, line);
    return [];
  };
  const nameOf = ({ key }: Pair): string | undefined => {
    if (isScalar(key)) return String(key.value);
    add(key, 'a name must be a text');
    return undefined;
  };

  /** An entry of a list as the line that it stands for. */
  const lineIn = (item: unknown): string | undefined => {
    if (isScalar(item)) return String(item.value);
    const [pair] = isMap(item) && item.items.length === 1 ? item.items : [];
    return isScalar(pair?.key) && isScalar(pair.value) ? `${String(pair.key.value)}: ${String(pair.value.value)}` : undefined;
  };
  /** What stands behind a name, as people would write it in a form; undefined, and told, where it is more than that. */
  const textOf = (key: SettingKey, { key: name, value: node }: Pair): string | undefined => {
    if (isScalar(node)) return String(node.value);
    if (isList(key) && isSeq(node) && node.items.every(isScalar)) return node.items.map(({ value }) => String(value)).join(' ');
    if (settingOf(key).input.type !== 'lines' || !isSeq(node)) {
      add(node, `${key} must be a ${isList(key) ? 'list of ids' : 'text'}, without an alias`, lineOf(name));
      return undefined;
    }
    const lines = node.items.map((item) => ({ item, line: lineIn(item) }));
    const wrong = lines.flatMap(({ item, line }) => {
      const problem = line === undefined ? 'must be a list of lines' : problemWith(key, line)?.replace(/\bline 1 /u, '');
      return problem === undefined ? [] : [{ item, problem }];
    });
    for (const { item, problem } of wrong) add(item, `${key} ${problem}`, lineOf(name));
    return wrong.length > 0 ? undefined : lines.map(({ line }) => line).join('\n');
  };

  const readValues = (node: unknown, place: SettingPlace, line: number): StoredValues => {
    const read: Record<string, SettingValue> = {};
    for (const pair of pairsOf(node, 'this', line)) {
      const key = nameOf(pair);
      if (key === undefined) continue;
      if (!isSettingKey(key)) add(pair.key, `there is no setting ${JSON.stringify(key)}; there are ${SETTING_KEYS.join(', ')}`);
      else if (!settingOf(key).levels.includes(place.level)) add(pair.key, `${key} cannot be set for a ${place.level}`);
      else {
        const text = textOf(key, pair);
        if (text === undefined) continue;
        const value = valueFrom(key, text) ?? '';
        const problem = problemWith(key, value, place.level);
        if (problem !== undefined) add(pair.key, `${key} ${problem}`);
        read[key] = value;
        values.push({ line: lineOf(pair.key), place, key, value });
      }
    }
    return read;
  };
  const readPlaces = (node: unknown, level: 'category' | 'channel', line: number): Record<string, StoredValues> => {
    const read: Record<string, StoredValues> = {};
    for (const pair of pairsOf(node, `${level} ids`, line)) {
      const id = nameOf(pair);
      if (id === undefined) continue;
      if (!/^\d{15,20}$/u.test(id)) add(pair.key, `${JSON.stringify(id.slice(0, 40))} is no id of a ${level}`);
      const stored = readValues(pair.value, { level, id }, lineOf(pair.key));
      places.push({ line: lineOf(pair.key), level, id });
      if (Object.keys(stored).length > 0) read[id] = stored;
    }
    return read;
  };

  let [server, categories, channels]: [StoredValues, ServerSettings['categories'], ServerSettings['channels']] = [{}, {}, {}];
  let version: string | undefined;
  if (!isMap(document.contents)) add(document.contents, 'the file must begin with "version: 1"');
  else {
    for (const pair of document.contents.items) {
      const name = nameOf(pair);
      const line = lineOf(pair.key);
      if (name === 'version') version = isScalar(pair.value) ? String(pair.value.value) : '';
      else if (name === 'server') server = readValues(pair.value, { level: 'server' }, line);
      else if (name === 'categories') categories = readPlaces(pair.value, 'category', line);
      else if (name === 'channels') channels = readPlaces(pair.value, 'channel', line);
      else if (name !== undefined) add(pair.key, `there is no ${JSON.stringify(name)} here; there are version, server, categories and channels`);
    }
    if (version !== VERSION) add(document.contents, version === undefined ? 'version: 1 is missing' : `this is of version ${JSON.stringify(version)}, and I read version 1`);
  }
  return problems.length > 0 ? problems.toSorted((one, other) => one.line - other.line) : { settings: { server, categories, channels }, values, places };
};
