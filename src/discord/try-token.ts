import { DiscordAPIError, HTTPError, RateLimitError, Routes } from 'discord.js';
import { describeDeliveryError } from './rest/delivery-error.ts';
import { LIMIT_CURE, createImpatientRest } from './rest/impatient-rest.ts';
import { inviteUrl } from './rest/permissions.ts';
import type { APIApplication } from 'discord.js';

const UNAUTHORIZED = 401;

export type TriedToken = { readonly isGood: true; readonly name: string; readonly invite: string } | { readonly isGood: false; readonly says: string; readonly cure: string };

/** Whose a bot token is, as Discord says. Never rejects. @param apiUrl instead of Discord's own address, without the version */
export const tryToken = async (discordToken: string, apiUrl: string | undefined): Promise<TriedToken> => {
  const rest = createImpatientRest({ discordToken, apiUrl, retries: 1 });
  try {
    const { id, name } = (await rest.get(Routes.currentApplication())) as Partial<APIApplication>;
    if (typeof id !== 'string' || !/^\d{1,20}$/u.test(id)) throw new TypeError('what came is no application of Discord');
    return { isGood: true, name: String(name ?? id).replaceAll(/[\p{Cc}\p{Cf}]/gu, '').slice(0, 100), invite: inviteUrl(id) };
  } catch (error) {
    if ((error instanceof DiscordAPIError || error instanceof HTTPError) && error.status === UNAUTHORIZED) {
      return { isGood: false, says: 'Discord refused the bot token.', cure: 'Reset it on the "Bot" page of https://discord.com/developers/applications, and copy the new one.' };
    }
    if (error instanceof RateLimitError) return { isGood: false, says: `${describeDeliveryError(error)}.`, cure: LIMIT_CURE };
    return { isGood: false, says: `Discord could not be asked: ${describeDeliveryError(error)}.`, cure: 'Check the network, the proxy and DISCORD_API_URL.' };
  }
};
