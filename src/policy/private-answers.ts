import type { AdmissionCheck } from '../conversation/admission.ts';
import type { Policy } from './settings-for.ts';

/** Refuses what is to be answered for nobody but its asker, where a place allows no such answers. */
export const createPrivateAnswers = ({ valuesFor }: Pick<Policy, 'valuesFor'>): AdmissionCheck => ({
  of: 'questions',
  refusalOf: ({ guildId, conversationId, isShared }) => {
    const isPrivate = guildId !== undefined && !isShared;
    return isPrivate && valuesFor({ guildId, conversationId }).privateAnswers?.value === false ? { reason: 'private-off' } : undefined;
  },
});
