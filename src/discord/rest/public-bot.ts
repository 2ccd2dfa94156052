import type { APIApplication } from 'discord.js';
import type { Log } from '../../log/log.ts';
import type { KnownApplication } from './owners.ts';

/**
 * What to say of a bot that anybody may invite; undefined where only its owner may.
 * @see https://discord.com/developers/docs/resources/application#application-object (`bot_public`)
 */
export const publicBotAdvice = ({ bot_public: isPublic }: APIApplication): { readonly says: string; readonly cure: string } | undefined =>
  isPublic === true
    ? {
        says: 'Anybody may add this bot to a server of their own, and spend your quota there.',
        cure:
          'If you do not want that: on https://discord.com/developers/applications set "Install Link" to "None" on the "Installation" page, ' +
          'which Discord asks for first, and switch "Public Bot" off on the "Bot" page.',
      }
    : undefined;

/** Tells it in the log. Never rejects: a start does not depend on it. */
export const tellOfPublicBot = async (application: KnownApplication, log: Log): Promise<void> => {
  try {
    const advice = publicBotAdvice(await application());
    if (advice !== undefined) log.info({ cure: advice.cure }, advice.says);
  } catch {
    // The doctor tells it, too.
  }
};
