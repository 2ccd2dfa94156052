import { Events, GatewayDispatchEvents } from 'discord.js';
import { createRecentIds } from '../rest/recent-ids.ts';
import { describeDeliveryError } from '../rest/delivery-error.ts';
import { UNKNOWN_INTERACTION_TEXT } from '../texts/answer-texts.ts';
import type { Client } from 'discord.js';
import type { Log } from '../../log/log.ts';
import type { DiscordApi } from '../rest/discord-api.ts';

/** After so long discord.js has made of an interaction what it can, in milliseconds; Discord waits for three seconds. */
const KNOWN_WITHIN_MS = 500;
const REMEMBERED = 1_000;

/** discord.js says nothing of interactions whose type it does not know, nor of some in odd places. They are answered all the same. */
export const answerUnknownInteractions = (client: Client, api: DiscordApi, log: Log): void => {
  const known = createRecentIds(REMEMBERED);

  const answer = async (id: string, token: string, applicationId: string, type: unknown): Promise<void> => {
    // Before that discord.js keeps events for later.
    if (!client.isReady() || known.has(id)) return;
    try {
      await api.replyAtOnce({ id, token, applicationId }, { content: UNKNOWN_INTERACTION_TEXT }, true);
      log.warn({ type: Number(type) }, 'a command, button or form of a kind that I do not know');
    } catch (error) {
      log.warn({ type: Number(type), reason: describeDeliveryError(error) }, 'a command, button or form of a kind that I do not know could not be answered');
    }
  };

  client.on(Events.InteractionCreate, ({ id }) => known.add(id));
  client.ws.on(GatewayDispatchEvents.InteractionCreate, (raw: Readonly<Record<string, unknown>>) => {
    const { id, token, application_id: applicationId, type } = raw;
    if (typeof id !== 'string' || typeof token !== 'string' || typeof applicationId !== 'string') return;
    setTimeout(() => void answer(id, token, applicationId, type), KNOWN_WITHIN_MS).unref();
  });
};
