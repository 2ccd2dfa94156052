import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DiscordSimulator, DiscordSimulatorOptions } from './discord/api.ts';
import { Commands } from './discord/commands.ts';
import { Faults } from './discord/faults.ts';
import { Gateway } from './discord/gateway.ts';
import { HandleRegistry } from './discord/handles.ts';
import { Interactions } from './discord/interactions.ts';
import { RateLimiter } from './discord/rate-limits.ts';
import { RequestLog } from './discord/request-log.ts';
import { serve } from './discord/rest.ts';
import { allRoutes } from './discord/routes.ts';
import { Simulator } from './discord/simulator.ts';
import { Slowness } from './discord/slowness.ts';
import { serveFile } from './discord/cdn.ts';
import { World } from './discord/world.ts';

export type * from './discord/api.ts';

/** Starts a strict stand-in for Discord (gateway v10, REST v10, CDN) on 127.0.0.1. */
export async function startDiscordSimulator(options: DiscordSimulatorOptions = {}): Promise<DiscordSimulator> {
  const world = new World(options);
  const commands = new Commands(world);
  const interactions = new Interactions(world);
  const gateway = new Gateway(world);
  const limiter = new RateLimiter(world, (token) => interactions.find(token)?.channel.id);
  const faults = new Faults();
  const slowness = new Slowness(world.clock);
  const log = new RequestLog(world);
  const routes = allRoutes({ world, commands, interactions, gateway, limiter });
  const rest = { world, routes, limiter, faults, slowness, log };

  const server = createServer({ keepAliveTimeout: 120_000 }, (request, response) => {
    void handle(request, response).catch((error: unknown) => {
      // A client that went away in the middle of its request is no defect.
      if (!request.socket.destroyed) console.error('The Discord simulator has a defect:', error);
      response.destroy();
    });
  });
  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = request.url ?? '/';
    const api = /^\/api(?:\/v10)?(?=\/(?!v\d))/.exec(url);
    if (url.startsWith('/cdn/')) serveFile(world, url.slice('/cdn'.length), response);
    else await serve(rest, api ? url.slice(api[0].length) : url, request, response);
  }
  server.on('upgrade', (request, socket, head) => {
    if (request.url?.startsWith('/gateway')) gateway.upgrade(request, socket, head);
    else socket.destroy();
  });
  server.listen(world.settings.port, '127.0.0.1');
  await once(server, 'listening');

  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  world.files.cdnUrl = `${origin}/cdn`;
  gateway.url = `ws://127.0.0.1:${port}/gateway`;
  const close = async () => {
    world.clock.close();
    gateway.stop();
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  return new Simulator({ world, gateway, limiter, faults, slowness, log, commands, interactions, registry: new HandleRegistry(world, commands, interactions), origin, close });
}
