import { botGuild } from './access.ts';
import type { Commands } from './commands.ts';
import { restError } from './errors.ts';
import type { Handler, Routes } from './router.ts';
import { created, noContent, ok } from './router.ts';
import type { World } from './world.ts';

/** https://docs.discord.com/developers/interactions/application-commands#endpoints */
export function commandRoutes(world: World, commands: Commands): Routes {
  const own = (applicationId: string) => {
    if (applicationId !== world.applicationId) throw restError('unknownApplication');
  };
  /** The same routes exist with and without a guild; the handler gets the scope and what follows it. */
  const inScope = (act: (call: Parameters<Handler>[0], scope: string, commandId: string) => ReturnType<Handler>) => ({
    globally: ((call, applicationId, commandId = '') => {
      own(applicationId ?? '');
      return act(call, 'global', commandId);
    }) as Handler,
    inGuild: ((call, applicationId, guildId, commandId = '') => {
      own(applicationId ?? '');
      return act(call, botGuild(world, guildId ?? '').id, commandId);
    }) as Handler,
  });

  const all = inScope((_call, scope) => ok([...commands.scope(scope).values()]));
  const put = inScope(({ body }, scope) => ok(commands.replace(scope, body)));
  const post = inScope(({ body }, scope) => {
    const { command, isNew } = commands.upsert(scope, body);
    return isNew ? created(command) : ok(command);
  });
  const get = inScope((_call, scope, id) => ok(commands.get(scope, id)));
  const patch = inScope(({ body }, scope, id) => ok(commands.change(scope, id, body)));
  const remove = inScope((_call, scope, id) => {
    commands.remove(scope, id);
    return noContent;
  });
  const both = (method: string, rest: string, { globally, inGuild }: { globally: Handler; inGuild: Handler }): Routes => ({
    [`${method} /applications/:id/commands${rest}`]: globally,
    [`${method} /applications/:id/guilds/:id/commands${rest}`]: inGuild,
  });
  return {
    ...both('GET', '', all),
    ...both('PUT', '', put),
    ...both('POST', '', post),
    ...both('GET', '/:id', get),
    ...both('PATCH', '/:id', patch),
    ...both('DELETE', '/:id', remove),
    'GET /applications/:id/guilds/:id/commands/permissions': () => ok([]),
  };
}
