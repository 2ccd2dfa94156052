import { dropOlderThan, remember } from './history.ts';
import { Cancelled } from './cancelled.ts';
import { Failure, toFailure } from './failure.ts';
import { buildPrompt, fitHistory } from './prompt.ts';
import { hasQuestion, questionTurn, rememberedTurn, replyTurn } from './turn.ts';
import type { AnswerReport, AnswerView, HistoryStore, LanguageModel, Line, Remark, Wait } from './ports.ts';
import type { PromptSettings } from './prompt.ts';
import type { Question, ReadFiles, SkippedFile } from './question.ts';
import type { Turn } from './turn.ts';
import type { Reply, ReplyEvent } from './reply.ts';

export interface AnswerDependencies {
  readonly line: Line;
  readonly histories: HistoryStore;
  readonly model: LanguageModel;
  readonly settings: PromptSettings & { readonly historyMs: number };
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Answers one question, visibly: it resolves when the person has an answer or knows why there is none. */
export type Answer = (question: Question, view: AnswerView, signal: AbortSignal) => Promise<AnswerReport>;

const readReply = async (events: AsyncIterable<ReplyEvent>, view: AnswerView): Promise<Reply> => {
  let text = '';
  for await (const event of events) {
    if (event.type === 'end') return { text, stopReason: event.stopReason, usage: event.usage, latencyMs: event.latencyMs };
    text += event.text;
    view.show(text);
  }
  throw new Failure('stream-broken', 'The answer ended before the model said that it was done.');
};

/** Ends that leave nothing to show or nothing to remember are failures; the rest is an answer. */
const refuseUnusable = (reply: Reply): void => {
  if (reply.stopReason === 'guardrail_intervened') {
    throw new Failure('guardrail', 'A guardrail stopped the answer.');
  }
  if (reply.text.trim() === '') {
    throw new Failure('empty-answer', `The model ended with stop reason ${reply.stopReason} and no text.`);
  }
};

const NO_FILES: ReadFiles = { files: [], skipped: [] };

/** When nothing is left of a question but files that could not be read. */
const refuseUnaskable = (turn: Turn, skipped: readonly SkippedFile[]): void => {
  if (!hasQuestion(turn)) {
    throw new Failure('files-unreadable', `No file could be read: ${skipped.map(({ reason }) => reason).join('; ')}`);
  }
};

const stopped = ({ reason }: AbortSignal): Failure =>
  new Failure('stopped', `The question was stopped: ${reason instanceof Cancelled ? reason.why : 'no reason given'}.`, { cause: reason });

const CUT_OFF = new Set(['max_tokens', 'model_context_window_exceeded']);

const remarksOn = (reply: Reply, wasUnreadable: boolean, skipped: readonly SkippedFile[]): Remark[] => [
  ...skipped,
  ...(CUT_OFF.has(reply.stopReason) ? (['cut-off'] as const) : []),
  ...(reply.stopReason === 'content_filtered' ? (['filtered'] as const) : []),
  ...(wasUnreadable ? (['memory-unreadable'] as const) : []),
];

export const createAnswer = ({ line, histories, model, settings, now }: AnswerDependencies): Answer => {
  const answerInLane = async (question: Question, view: AnswerView, signal: AbortSignal, onStart: () => void) => {
    const { history, wasUnreadable } = await histories.load(question.conversationId);
    const { files, skipped } = (await question.readFiles?.(signal)) ?? NO_FILES;
    const turn = questionTurn(question, files);
    refuseUnaskable(turn, skipped);
    const remembered = fitHistory(settings, dropOlderThan(history, now() - settings.historyMs), turn);
    const prompt = buildPrompt(settings.systemPrompt, remembered, turn);
    const onWait = (wait: Wait | undefined): void => view.wait(wait);
    const reply = await line.inTurn(
      question,
      () => {
        onStart();
        return readReply(model.converse(prompt, signal, onWait), view);
      },
      signal,
      onWait,
    );
    refuseUnusable(reply);
    const replyMessageIds = await view.finish(reply, remarksOn(reply, wasUnreadable, skipped));
    const exchange = {
      id: question.id,
      askerId: question.asker.id,
      askedAt: question.askedAt,
      turns: [rememberedTurn(turn), replyTurn(reply.text)] as const,
      replyMessageIds,
      stopReason: reply.stopReason,
      usage: reply.usage,
    };
    try {
      await histories.save(question.conversationId, remember(remembered, exchange));
      return { exchange };
    } catch (error) {
      return { exchange, saveFailure: toFailure(error) };
    }
  };

  return async (question, view, signal) => {
    const acceptedAt = now();
    let startedAt: number | undefined;
    const report = (): { question: Question; waitedMs: number; tookMs: number } => ({
      question,
      waitedMs: (startedAt ?? now()) - acceptedAt,
      tookMs: now() - acceptedAt,
    });
    try {
      const answered = await line.inLane(
        question.conversationId,
        () => answerInLane(question, view, signal, () => (startedAt = now())),
        signal,
      );
      return { ...report(), outcome: 'delivered', ...answered };
    } catch (error) {
      const failure = signal.aborted ? stopped(signal) : toFailure(error);
      await view.fail(failure);
      return { ...report(), outcome: 'failed', failure };
    }
  };
};
