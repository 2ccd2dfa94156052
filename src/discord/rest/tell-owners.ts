import { describeDeliveryError } from './delivery-error.ts';
import type { Log } from '../../log/log.ts';
import type { WriteDirectly } from './direct-message.ts';
import type { Owners } from './owners.ts';

/** Writes to the owners, as a direct message. Never rejects: who has closed theirs finds the same in the log. */
export type TellOwners = (text: string) => Promise<void>;

export const createTellOwners = (writeDirectly: WriteDirectly, owners: Owners, log: Log): TellOwners => {
  const write = async (userId: string, text: string): Promise<void> => {
    try {
      // The same words on the same day are the same message.
      await writeDirectly(userId, text, `${userId}:${text}:${new Date().toISOString().slice(0, 10)}`);
    } catch (error) {
      log.warn({ userId, reason: describeDeliveryError(error) }, 'an owner could not be told by direct message');
    }
  };
  return async (text) => {
    try {
      await Promise.all((await owners.contacts()).map((userId) => write(userId, text)));
    } catch (error) {
      log.warn({ reason: describeDeliveryError(error) }, 'the owners could not be found');
    }
  };
};
