import type { Commands } from './commands.ts';
import type { Gateway } from './gateway.ts';
import type { Interactions } from './interactions.ts';
import type { RateLimiter } from './rate-limits.ts';
import { channelRoutes } from './routes-channels.ts';
import { commandRoutes } from './routes-commands.ts';
import { guildRoutes, identityRoutes } from './routes-guilds.ts';
import { interactionRoutes } from './routes-interactions.ts';
import { markRoutes } from './routes-marks.ts';
import { messageRoutes } from './routes-messages.ts';
import { threadRoutes } from './routes-threads.ts';
import { webhookRoutes } from './routes-webhooks.ts';
import type { Handler, Routes } from './router.ts';
import { ok } from './router.ts';
import type { World } from './world.ts';

export function allRoutes(parts: {
  readonly world: World;
  readonly commands: Commands;
  readonly interactions: Interactions;
  readonly gateway: Gateway;
  readonly limiter: RateLimiter;
}): ReadonlyMap<string, Handler> {
  const { world, commands, interactions, gateway, limiter } = parts;
  return new Map(
    [
      gatewayRoutes(world, gateway),
      identityRoutes(world),
      guildRoutes(world),
      channelRoutes(world),
      threadRoutes(world),
      messageRoutes(world, limiter),
      markRoutes(world),
      commandRoutes(world, commands),
      interactionRoutes(interactions),
      webhookRoutes(world, interactions),
    ].flatMap((routes) => Object.entries(routes)),
  );
}

/** https://docs.discord.com/developers/events/gateway#get-gateway-bot */
function gatewayRoutes(world: World, gateway: Gateway): Routes {
  return {
    'GET /gateway': () => ok({ url: gateway.url }),
    'GET /gateway/bot': () =>
      ok({ url: gateway.url, shards: world.settings.recommendedShards, session_start_limit: gateway.gate.sessionStartLimit }),
  };
}
