import { settingOf } from './settings-tree.ts';
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

/**
 * What holds at the end of a chain of places, the widest first: the most specific value, unless one on the way forbids. Of
 * several that forbid the widest is named, as nothing below it could permit. Undefined where nothing stands anywhere.
 */
export const effective = <Key extends SettingKey>(key: Key, chain: readonly Standing[]): Effective<ValueOf<Key>> | undefined => {
  const { forbid } = settingOf(key);
  const standing = chain.filter(({ values }) => values[key] !== undefined);
  const deciding = (forbid === undefined ? undefined : standing.find(({ values }) => values[key] === forbid)) ?? standing.at(-1);
  return deciding && { value: deciding.values[key] as ValueOf<Key>, from: deciding.level };
};
