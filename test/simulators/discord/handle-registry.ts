import type { Overwrite, SimulatedChannel, SimulatedGuild, SimulatedRole, SimulatedUser, SimulatedWebhook } from './api.ts';
import type { Commands } from './commands.ts';
import type { Interactions } from './interactions.ts';
import type { ChannelRecord, GuildRecord, OverwriteRecord, RoleRecord, UserRecord, WebhookRecord } from './records.ts';
import type { World } from './world.ts';

/** Finds the object that a test holds for each thing of the world. */
export interface Handles {
  readonly world: World;
  readonly commands: Commands;
  readonly interactions: Interactions;
  user(record: UserRecord): SimulatedUser;
  guild(record: GuildRecord): SimulatedGuild;
  role(record: RoleRecord): SimulatedRole;
  channel(record: ChannelRecord): SimulatedChannel;
  webhook(record: WebhookRecord): SimulatedWebhook;
}

export function recordOf<T>(records: ReadonlyMap<string, T>, handle: { readonly id: string }): T {
  const record = records.get(handle.id);
  if (!record) throw new Error(`Nothing with the id ${handle.id} is there: deleted, forgotten, or of another simulator`);
  return record;
}

export function overwriteOf(target: { readonly id: string }, overwrite: Overwrite, guild: GuildRecord): OverwriteRecord {
  return { id: target.id, type: guild.roles.has(target.id) ? 0 : 1, allow: overwrite.allow ?? 0n, deny: overwrite.deny ?? 0n };
}
