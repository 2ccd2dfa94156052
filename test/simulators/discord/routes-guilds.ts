import { botGuild } from './access.ts';
import { restError } from './errors.ts';
import { channelPayload, guildPayload, memberWithUser, rolePayload, threadPayload, userPayload } from './payloads.ts';
import { canSee, guildPermissions } from './permissions.ts';
import { kickBot } from './places.ts';
import type { Routes } from './router.ts';
import { noContent, ok } from './router.ts';
import type { World } from './world.ts';

export function guildRoutes(world: World): Routes {
  return {
    'GET /guilds/:id': (call, id) => {
      const guild = botGuild(world, id);
      const count = guild.members.size;
      const counts = call.query.get('with_counts') === 'true' ? { approximate_member_count: count, approximate_presence_count: count } : {};
      return ok({ ...guildPayload(guild, world.bot.id), ...counts });
    },
    'GET /guilds/:id/channels': (_call, id) => ok([...botGuild(world, id).channels.values()].map((channel) => channelPayload(channel, world.bot))),
    'GET /guilds/:id/roles': (_call, id) => ok([...botGuild(world, id).roles.values()].map((role) => rolePayload(role, world.bot.id))),
    'GET /guilds/:id/threads/active': (_call, id) => {
      const threads = [...botGuild(world, id).threads.values()].filter(
        (thread) => !thread.thread?.metadata.archived && canSee(thread, world.bot.id, world.clock.now()),
      );
      return ok({ threads: threads.map((thread) => threadPayload(thread, world.bot)), members: [] });
    },
    'GET /guilds/:id/members': ({ query }, id) => {
      const guild = botGuild(world, id);
      if (!world.portal.guildMembers) throw restError('missingAccess');
      const after = BigInt(query.get('after') ?? 0);
      const members = [...guild.members.values()].filter(({ user }) => BigInt(user.id) > after);
      return ok(members.slice(0, Number(query.get('limit') ?? 1)).map(memberWithUser));
    },
    'GET /guilds/:id/members/search': ({ query }, id) => {
      const wanted = (query.get('query') ?? '').toLowerCase();
      const members = [...botGuild(world, id).members.values()].filter(({ user, nick }) =>
        [user.name, nick ?? ''].some((name) => name.toLowerCase().startsWith(wanted)),
      );
      return ok(members.slice(0, Number(query.get('limit') ?? 1)).map(memberWithUser));
    },
    'GET /guilds/:id/members/:id': (_call, id, userId) => {
      const member = botGuild(world, id).members.get(userId);
      if (!member) throw restError(world.users.has(userId) ? 'unknownMember' : 'unknownUser');
      return ok(memberWithUser(member));
    },
    'GET /users/@me/guilds': () => {
      const guilds = [...world.guilds.values()].filter((guild) => guild.hasBot);
      return ok(
        guilds.map((guild) => ({
          id: guild.id,
          name: guild.name,
          icon: null,
          banner: null,
          owner: false,
          permissions: guildPermissions(guild, guild.members.get(world.bot.id)!).toString(),
          features: [],
        })),
      );
    },
    'DELETE /users/@me/guilds/:id': (_call, id) => {
      kickBot(world, botGuild(world, id));
      return noContent;
    },
  };
}

export function identityRoutes(world: World): Routes {
  const application = () => ({
    id: world.applicationId,
    name: world.bot.name,
    icon: null,
    description: '',
    summary: '',
    type: null,
    bot_public: world.portal.publicBot,
    bot_require_code_grant: false,
    verify_key: '0'.repeat(64),
    flags: applicationFlags(world),
    owner: userPayload(world.owner),
    team: null,
    bot: userPayload(world.bot),
    approximate_guild_count: world.guilds.size,
    approximate_user_install_count: 0,
    integration_types_config: world.settings.userInstall ? { 0: {}, 1: {} } : { 0: {} },
    install_params: { scopes: ['bot', 'applications.commands'], permissions: '0' },
    redirect_uris: [],
    interactions_endpoint_url: null,
    event_webhooks_status: 1,
  });
  return {
    'GET /applications/@me': () => ok(application()),
    'GET /oauth2/applications/@me': () => ok(application()),
    'GET /users/@me': () => ok({ ...userPayload(world.bot), verified: true, email: null, mfa_enabled: true, flags: 0 }),
    'GET /users/:id': (_call, id) => {
      const user = world.users.get(id);
      if (!user) throw restError('unknownUser');
      return ok(userPayload(user));
    },
  };
}

/** The "limited" flags tell which privileged intents the portal allows. https://docs.discord.com/developers/resources/application#application-object-application-flags */
function applicationFlags(world: World): number {
  const { messageContent, guildMembers, presence } = world.portal;
  return (presence ? 1 << 13 : 0) | (guildMembers ? 1 << 15 : 0) | (messageContent ? 1 << 19 : 0) | (1 << 23);
}
