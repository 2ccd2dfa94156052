import { DiscordAPIError, HTTPError, REST, Routes } from 'discord.js';
import { describeDeliveryError } from './rest/delivery-error.ts';
import { inviteUrl } from './rest/permissions.ts';
import type { APIApplication } from 'discord.js';

/** Milliseconds for Discord's answer. */
const TIMEOUT_MS = 10_000;
const UNAUTHORIZED = 401;

export type TriedToken = { readonly isGood: true; readonly name: string; readonly invite: string } | { readonly isGood: false; readonly says: string; readonly cure: string };

/** Whose a bot token is, as Discord says. Never rejects. @param apiUrl instead of Discord's own address, without the version */
export const tryToken = async (discordToken: string, apiUrl: string | undefined): Promise<TriedToken> => {
  const rest = new REST({ ...(apiUrl === undefined ? {} : { api: apiUrl }), timeout: TIMEOUT_MS, retries: 1 }).setToken(discordToken);
  try {
    const { id, name } = (await rest.get(Routes.currentApplication())) as Partial<APIApplication>;
    if (typeof id !== 'string' || !/^\d{1,20}$/u.test(id)) throw new TypeError('what came is no application of Discord');
    return { isGood: true, name: String(name ?? id).replaceAll(/[\p{Cc}\p{Cf}]/gu, '').slice(0, 100), invite: inviteUrl(id) };
  } catch (error) {
    if ((error instanceof DiscordAPIError || error instanceof HTTPError) && error.status === UNAUTHORIZED) {
      return { isGood: false, says: 'Discord refused the bot token.', cure: 'Reset it on the "Bot" page of https://discord.com/developers/applications, and copy the new one.' };
    }
    return { isGood: false, says: `Discord could not be asked: ${describeDeliveryError(error)}.`, cure: 'Check the network, the proxy and DISCORD_API_URL.' };
  }
};
