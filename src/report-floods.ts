import type { AnswerReport } from './conversation/ports.ts';
import type { Log } from './log.ts';

/** What follows the first refusal of a conversation within so long is one line with it, in milliseconds. */
const TOGETHER_MS = 60_000;

interface Flood {
  readonly conversationId: string;
  readonly guildId: string | undefined;
  readonly askerIds: Set<string>;
  readonly firstQuestionId: string;
  lastQuestionId: string;
  questions: number;
  readonly reason: string;
  readonly timer: NodeJS.Timeout;
}

/** Tells the admin of questions that were not accepted because too many waited already. */
export interface FloodReport {
  heard(report: AnswerReport): void;
  /** Tells what is not told yet. */
  end(): void;
}

/** One line for each conversation and minute, however many questions were not accepted in it. */
export const createFloodReport = (log: Log): FloodReport => {
  const floods = new Map<string, Flood>();

  const tell = ({ timer, askerIds, ...flood }: Flood): void => {
    clearTimeout(timer);
    floods.delete(flood.conversationId);
    const [askerId] = askerIds;
    log.warn({ ...flood, ...(askerIds.size === 1 ? { askerId } : { members: askerIds.size }) }, 'questions were not accepted, because too many wait for an answer already');
  };

  return {
    heard: ({ question: { id, conversationId, guildId, asker }, failure }) => {
      const flood = floods.get(conversationId);
      if (flood === undefined) {
        const begun: Flood = {
          conversationId,
          guildId,
          askerIds: new Set([asker.id]),
          firstQuestionId: id,
          lastQuestionId: id,
          questions: 1,
          reason: failure?.message ?? '',
          timer: setTimeout(() => tell(begun), TOGETHER_MS).unref(),
        };
        floods.set(conversationId, begun);
        return;
      }
      flood.questions += 1;
      flood.lastQuestionId = id;
      flood.askerIds.add(asker.id);
    },
    end: () => floods.forEach(tell),
  };
};
