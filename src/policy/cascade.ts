import { idsOf, settingOf } from './settings-tree.ts';
import type { Level } from './setting.ts';
import type { SettingKey, ValueOf, Values } from './settings-tree.ts';

/** What stands at one place of a chain. */
export interface Standing {
  readonly level: 'bot' | Level;
  readonly values: Values;
}

/** What holds, and the level of the value that decides it. */
export interface Effective<Value> {
  readonly value: Value;
  readonly from: Standing['level'];
}

/** All that is listed anywhere, said to come from the most specific place that adds to it. */
const unionOf = <Key extends SettingKey>(key: Key, standing: readonly Standing[]): Effective<ValueOf<Key>> => {
  const ids = new Set<string>();
  let from: Standing['level'] = 'bot';
  for (const { level, values } of standing) {
    const before = ids.size;
    for (const id of idsOf(values[key])) ids.add(id);
    if (ids.size > before) from = level;
  }
  return { value: [...ids].toSorted().join(' ') as ValueOf<Key>, from };
};

/**
 * What holds at the end of a chain of places, the widest first: the most specific value, unless one on the way forbids. Of
 * several that forbid the widest is named, as nothing below it could permit. Lists that forbid hold together. What
 * protects less than the environment does counts as not said. Undefined where nothing stands anywhere.
 */
export const effective = <Key extends SettingKey>(key: Key, chain: readonly Standing[]): Effective<ValueOf<Key>> | undefined => {
  const { forbid, isUnion, isLaxer } = settingOf(key);
  const bot = chain.find(({ level }) => level === 'bot')?.values ?? {};
  const counts = (value: ValueOf<Key> | undefined): boolean => value !== undefined && isLaxer?.(value, bot) !== true;
  const standing = chain.filter(({ values }) => counts(values[key] as ValueOf<Key> | undefined));
  if (isUnion === true && standing.length > 1) return unionOf(key, standing);
  const deciding = (forbid === undefined ? undefined : standing.find(({ values }) => values[key] === forbid)) ?? standing.at(-1);
  return deciding && { value: deciding.values[key] as ValueOf<Key>, from: deciding.level };
};
