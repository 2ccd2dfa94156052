import type { z } from 'zod';

/** Where a value can stand, the widest first. What stands nowhere is the bot's own, from its environment. */
export const LEVELS = ['server', 'category', 'channel'] as const;
export type Level = (typeof LEVELS)[number];

export type SettingValue = string | number | boolean;

/** How people choose a value. */
export type SettingInput =
  | { readonly type: 'model' }
  | { readonly type: 'text'; readonly maxLength: number }
  | { readonly type: 'number'; readonly min: number; readonly max: number }
  | { readonly type: 'choice'; readonly choices: readonly (string | boolean)[] }
  | { readonly type: 'role' };

/** One thing that admins decide. */
export interface Setting<Value extends SettingValue = SettingValue> {
  readonly schema: z.ZodType<Value>;
  readonly levels: readonly Level[];
  readonly input: SettingInput;
  /** The value that forbids: where it stands at any level, nothing more specific permits it again. */
  readonly forbid?: Value;
}
