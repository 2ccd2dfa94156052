import type { z } from 'zod';

/** Where a value can stand, the widest first. What stands nowhere is the bot's own, from its environment. */
export const LEVELS = ['server', 'category', 'channel'] as const;
export type Level = (typeof LEVELS)[number];

export type SettingValue = string | number | boolean;

/** How people choose a value. */
export type SettingInput =
  | { readonly type: 'model' }
  /** `isLine`: one line is enough. */
  | { readonly type: 'text'; readonly maxLength: number; readonly isLine?: boolean }
  /** A text in which each line says something by itself; a list in files. */
  | { readonly type: 'lines'; readonly maxLength: number }
  | { readonly type: 'number'; readonly min: number; readonly max: number }
  | { readonly type: 'choice'; readonly choices: readonly (string | boolean)[] }
  | { readonly type: 'role' }
  /** Several: their ids, each once and in order, with a space in between. */
  | { readonly type: 'roles' | 'members'; readonly most: number };

/** What settings are about, in the order in which people see them. */
export const SETTING_GROUPS = ['answers', 'conversations', 'asking', 'safety'] as const;
export type SettingGroup = (typeof SETTING_GROUPS)[number];

/** One thing that admins decide. */
export interface Setting<Value extends SettingValue = SettingValue> {
  readonly schema: z.ZodType<Value>;
  readonly levels: readonly Level[];
  readonly input: SettingInput;
  readonly group: SettingGroup;
  /** Managers see it, and only an owner of the bot changes it. Absent: both. */
  readonly who?: 'owner';
  /** Why a value that can be cannot stand at a level, as the end of a sentence; undefined where it can. */
  problemAt?(value: Value, level: Level): string | undefined;
  /** The value that forbids: where it stands at any level, nothing more specific permits it again. */
  readonly forbid?: Value;
  /** Whether a value protects less than what the environment has: such a one counts as not said. `bot`: the environment's values. */
  isLaxer?(value: Value, bot: Readonly<Record<string, SettingValue | undefined>>): boolean;
  /** What stands at any level of a list that forbids holds, whatever stands elsewhere. */
  readonly isUnion?: true;
}
