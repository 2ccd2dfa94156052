import { createCallRoom } from './byte-room.ts';
import { textsIn } from './content-checks.ts';
import { leavingTurnsOf, planFold } from './compaction.ts';
import { dropOlderThan, leftOut } from './history.ts';
import { notOlderThan, summaryTokens } from './summary.ts';
import { shapeOf } from './history-shape.ts';
import { cancellationOf, whyCancelled } from './cancelled.ts';
import { Failure, toFailure } from './failure.ts';
import { eitherSignal } from './either-signal.ts';
import { watchForThinkingsEnd, withoutUnopenedThinking } from './unopened-thinking.ts';
import { createInItsLane } from './in-its-lane.ts';
import { createLiveQuestion } from './live-question.ts';
import { fitFiles, hasFiles, readHistoryFiles, wereImagesLeftOut } from './history-files.ts';
import { withinImageLimit } from './image-limit.ts';
import { estimateBlockTokens, estimateTextTokens, hasDoubtfulFiles } from './token-estimate.ts';
import { promptRoom } from './prompt-room.ts';
import { buildPrompt, estimateInputTokens, fitHistory } from './prompt.ts';
import { CONTEXT_FULL } from './reply.ts';
import { withoutHeaderEcho } from './header-echo.ts';
import { originOf } from './question.ts';
import { askPastRefusals } from './ask-past-refusals.ts';
import { refuseUnusable, remarksOnEnd } from './reply-end.ts';
import { besides } from './siblings.ts';
import { tellsOfThread } from './turn-header.ts';
import { hasQuestion, questionTurn, replyTurn } from './turn.ts';
import type { AnswerReport, AnswerView, Around, HistoryStore, Line, OnWait, PlaceSettings, Remark, SettingsFor, SurroundingsOf } from './ports.ts';
import type { AttachedFile } from './content.ts';
import type { Compaction } from './compaction.ts';
import type { ToldLength } from './context-limit.ts';
import type { ContentChecks } from './content-checks.ts';
import type { QuestionListener } from './question-events.ts';
import type { Exchange, History } from './history.ts';
import type { LiveQuestion } from './live-question.ts';
import type { Fitting } from './ask-past-refusals.ts';
import type { Question, ReadFiles } from './question.ts';
import type { Reply, ReplyEvent } from './reply.ts';
import type { Turn } from './turn.ts';

export interface AnswerDependencies {
  readonly line: Line;
  readonly histories: HistoryStore;
  /** What holds where a question was asked. Asked for each question, so that it can change at any time. */
  readonly settingsFor: SettingsFor;
  /** Finds what people see around a question. */
  readonly surroundingsOf?: SurroundingsOf;
  /** Absent: what has no room is forgotten, wherever it is wanted. */
  readonly compaction?: Pick<Compaction, 'fold'> | undefined;
  /** Hears what happens until the outcome. */
  readonly tell?: QuestionListener;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds that only go forward. */
  readonly monotonicNow?: () => number;
}

/**
 * Answers one question, visibly: it resolves when the person has an answer or knows why there is none.
 * @param live where the question can still change
 */
export type Answer = (question: Question, view: AnswerView, signal: AbortSignal, live?: LiveQuestion) => Promise<AnswerReport>;

const readReply = async (events: AsyncIterable<ReplyEvent>, show: (text: string) => void, onBegun: () => void): Promise<Reply> => {
  const mayHaveThought = watchForThinkingsEnd();
  let text = '';
  for await (const event of events) {
    if (text === '') onBegun();
    if (event.type === 'end') {
      const { type: _end, ...end } = event;
      return { text: withoutHeaderEcho(withoutUnopenedThinking(text, true), true), ...end };
    }
    text += event.text;
    const shown = withoutHeaderEcho(mayHaveThought(event.text) ? withoutUnopenedThinking(text, false) : text, false);
    if (shown !== '') show(shown);
  }
  throw new Failure('stream-broken', 'The answer ended before the model said that it was done.');
};

/** An answer that filled the window says how large that is. */
const lengthOf = ({ usage }: Reply): ToldLength | undefined => {
  if (usage === undefined) return undefined;
  const promptTokens = usage.inputTokens + (usage.cacheReadInputTokens ?? 0) + (usage.cacheWriteInputTokens ?? 0);
  return { mostTokens: promptTokens + usage.outputTokens, promptTokens };
};

/** Of an answer that nobody reads: some models give no shorter ones. */
const PROBE_TOKENS = 16;

const NO_FILES: ReadFiles = { files: [], skipped: [] };

/** When nothing is left of a question but files that could not be read. */
const refuseUnaskable = (question: Question, { files, skipped }: ReadFiles): void => {
  if (!hasQuestion(question, files)) {
    throw new Failure('files-unreadable', `No file could be read: ${skipped.map(({ reason }) => reason).join('; ')}`, { skipped });
  }
};

/** Files that cost much are paid for by a yes of their asker; what was answered with them has it, what has failed before may not. */
const refuseUnconfirmed = ({ isConfirmed, answers, behind }: Question, { files }: ReadFiles, askFirst: PlaceSettings['askFirst']): void => {
  if (askFirst === undefined || files.length === 0 || isConfirmed === true || answers !== undefined || behind !== undefined) return;
  const costUsd = askFirst(files.reduce((sum, { block }) => sum + estimateBlockTokens(block), 0));
  if (costUsd !== undefined) throw new Failure('costs-much', `The files of the question cost about ${costUsd} US dollars, which its asker has not confirmed.`, { costUsd });
};

const stopped = ({ reason }: AbortSignal): Failure =>
  new Failure(cancellationOf(reason)?.kind ?? 'stopped', `The question was stopped: ${whyCancelled(reason) ?? 'no reason given'}.`, { cause: reason });

interface Circumstances extends Pick<ReadFiles, 'skipped'> {
  readonly wasUnreadable: boolean;
  readonly wereFilesRefused: boolean;
  readonly werePicturesLeftOut: boolean;
}

const NOTHING_AROUND: Around = { unseen: [] };

/** A question with what was found around it. */
const amid = (question: Question, { thread, linked, unseen, named }: Around): Question => ({
  ...question,
  ...(named === undefined ? {} : { text: named(question.text) }),
  ...(thread === undefined ? {} : { thread }),
  ...(linked === undefined ? {} : { linked }),
  ...(unseen.length === 0 ? {} : { unseen }),
});

const isAround = ({ origin }: AttachedFile): boolean => origin === 'thread' || origin?.startsWith('linked-') === true;

const remarksOn = (reply: Reply, { isReplyHidden, isForwardHidden, unseen = [] }: Question, { skipped, wasUnreadable, wereFilesRefused, werePicturesLeftOut }: Circumstances): Remark[] => [
  ...(isReplyHidden === true ? (['reply-hidden'] as const) : []),
  ...(isForwardHidden === true ? (['forward-hidden'] as const) : []),
  ...unseen.flatMap(({ what, why, isTold }) => (isTold === true ? [{ name: what, reason: why }] : [])),
  ...skipped,
  ...(wereFilesRefused ? (['files-refused'] as const) : []),
  ...(werePicturesLeftOut && !wereFilesRefused ? (['pictures-left-out'] as const) : []),
  ...remarksOnEnd(reply),
  ...(wasUnreadable ? (['memory-unreadable'] as const) : []),
];

export const createAnswer = ({ line, histories, settingsFor, surroundingsOf = () => undefined, compaction, tell = () => undefined, now, monotonicNow = () => performance.now() }: AnswerDependencies): Answer => {
  const callRoom = createCallRoom();
  const inItsLane = createInItsLane(line, histories);
  const attempt = async ({ model, imageLimit, inTurn = line.inTurn, answerTokens, guardrail, checks, footer, askFirst, remarks: ofPlace = [], ...settings }: PlaceSettings, live: LiveQuestion, view: Pick<AnswerView, 'show' | 'finish'>, signal: AbortSignal, onWait: OnWait, onStart: () => void) => {
    const { current } = live;
    const { history, wasUnreadable } = await histories.load(current.conversationId);
    let isCrowded = false;
    const onCrowded = (): void => {
      isCrowded = true;
      onWait({ type: 'files' });
    };
    const afterWaiting = (): void => {
      if (isCrowded) onWait(undefined);
      isCrowded = false;
    };
    // A question that is asked anew is asked as it was then, and so is what goes on from an answer: what came later is not known yet.
    const { continues, continuesOr, behind, conversationId } = current;
    const oldest = now() - settings.historyMs;
    const asking = shapeOf(conversationId).at(dropOlderThan(history, oldest), { id: originOf(current), continues, continuesOr, behind });
    const { before } = asking;
    const earlier = notOlderThan(asking.earlier ?? [], oldest);
    const roomFor = (past: History, asked: Turn) => promptRoom({ ...settings, answerTokens }, past, asked);
    const fitIn = (past: History, asked: Turn): History => fitHistory({ ...settings, maxTokens: roomFor(past, asked).maxTokens - summaryTokens(earlier) }, past, asked);
    const whole = (asked: Question): Question => (asked.ownAnswer === undefined ? asked : quotingForgotten(asked, fitIn(before, questionTurn(asked, []))));
    const pointing = whole(current);
    const surroundings = surroundingsOf(pointing);
    const isThreadKnown = surroundings?.isThread === true && tellsOfThread(fitIn(before, questionTurn(pointing, [])));
    const around = surroundings === undefined || (isThreadKnown && !surroundings.isMore) ? NOTHING_AROUND : withoutKnown(await surroundings.look(isThreadKnown, signal), before);
    const question = amid(pointing, around);
    const readFiles = (await (around.readFiles ?? question.readFiles)?.(signal, onCrowded, imageLimit.most())) ?? NO_FILES;
    afterWaiting();
    using _ = readFiles.room;
    refuseUnaskable(question, readFiles);
    refuseUnconfirmed(question, readFiles, askFirst);
    const turnOf = (revised: Question): Turn => {
      const { files, skipped } = readFiles;
      const lostFiles = revised.readFiles === undefined && pointing.readFiles !== undefined;
      return questionTurn(revised, lostFiles ? files.filter(isAround) : files, lostFiles ? [] : skipped);
    };
    const asked = turnOf(question);
    const remembered = fitIn(before, asked);
    const { earlierFileTokens } = roomFor(before, asked);
    const mostImages = imageLimit.most();
    const fitted = fitFiles(remembered, asked, mostImages, earlierFileTokens);
    const werePicturesLeftOut = wereImagesLeftOut({ history: remembered, turn: asked }, fitted);
    let { turn } = fitted;
    /** What was changed while it waited is asked as it reads now. */
    const settle = (): void => {
      const settled = live.settle();
      // What it points at now has not been looked at.
      if (settled !== current && surroundingsOf(whole(settled))?.key !== surroundings?.key) live.again();
      signal.throwIfAborted();
      if (settled !== current) turn = fitFiles(remembered, turnOf(amid(whole(settled), around)), mostImages, earlierFileTokens).turn;
    };
    let checked: Turn | undefined;
    /** What is asked is looked at before it waits; and again where it was changed meanwhile. */
    const check = async (by: ContentChecks): Promise<void> => {
      const asking = turn;
      if (checked !== asking) await by.look('user', textsIn(asking), question, signal);
      checked = asking;
    };
    let shownLength = 0;
    // A call that broke is made anew: its text takes the place of what is shown once it is longer.
    const show = (text: string): void => {
      if (text.length <= shownLength || checks?.ofAnswers === true) return;
      shownLength = text.length;
      view.show(text);
    };
    const isFolded = settings.compaction === true && compaction !== undefined;
    const budgetOf = (): number => roomFor(before, turn).maxTokens - estimateTextTokens(settings.systemPrompt) - summaryTokens(earlier);
    /** What is kept of what was said before, as long as the model takes it. */
    let told = earlier;
    const call = async (past: History, most: number | undefined, showing: typeof show): Promise<Reply> =>
      inTurn({
        question,
        inputTokens: estimateInputTokens(settings.systemPrompt, past, fitted.turn, told),
        isRoughCount: hasFiles(past) || hasDoubtfulFiles(fitted.turn),
        answerTokens: most,
        signal,
        onWait,
        run: async (onBegun) => {
          onStart();
          settle();
          if (checks !== undefined) await check(checks);
          // Files are read when it is this question's turn, and there is room: those that wait would fill the memory together.
          using room = await callRoom.take(past, turn, signal, onCrowded);
          afterWaiting();
          const files = hasFiles(past) ? await readHistoryFiles(past, histories.readFile) : undefined;
          const onFirst = (): void => {
            room.sent();
            onBegun();
          };
          const leavingTurns = isFolded && settings.keepsBeginnings === true ? leavingTurnsOf(past, budgetOf()) : undefined;
          return await readReply(model.converse({ ...buildPrompt(settings.systemPrompt, past, turn, files, told), leavingTurns, answerTokens: most, guardrail, payer: question }, signal, onWait), showing, onFirst);
        },
      });
    const ask = async (past: History): Promise<Reply> => {
      const reply = await call(past, answerTokens, show);
      refuseUnusable(reply);
      return reply;
    };
    const isRefused = async (past: History): Promise<boolean> => {
      try {
        const { stopReason, wasInputStopped = false } = await call(past, PROBE_TOKENS + (settings.thinkingTokens ?? 0), () => undefined);
        return stopReason === 'guardrail_intervened' && wasInputStopped;
      } catch (error) {
        if (error instanceof Failure && error.kind === 'request-refused') return true;
        throw error;
      }
    };
    const leaveSummary = (): boolean => {
      const wasThere = told.length > 0;
      told = [];
      return wasThere;
    };
    /** What the model takes is learned from each refusal, so that the next question does not meet it. */
    const learnLength = (past: History, toldLength: ToldLength | undefined): void => {
      const estimatedTokens = estimateInputTokens(settings.systemPrompt, past, turn, earlier);
      const isRoughCount = hasFiles(past) || hasDoubtfulFiles(turn);
      settings.contextLimit?.refused({ estimatedTokens, answerTokens: answerTokens ?? settings.usualAnswerTokens ?? 0, told: toldLength, isRoughCount });
    };
    const fitting: Fitting = (tried, { kind, toldLength }) => {
      if (kind !== 'too-long') return tried;
      learnLength(tried, toldLength);
      return fitIn(tried, turn);
    };
    if (checks !== undefined) await check(checks);
    const { result: reply, history: sent, wereFilesRefused, wereTurnsRefused, refusal } = await askPastRefusals(fitted.history, ask, () => shownLength === 0, { fitting, isRefused, leaveSummary, monotonicNow });
    if (reply.stopReason === CONTEXT_FULL) learnLength(sent, lengthOf(reply));
    if (checks?.ofAnswers === true) await checks.look('assistant', [reply.text], question, signal);
    const { skipped } = readFiles;
    const answeredBy = footer?.(reply.usage);
    const answered: Omit<Exchange, 'replyMessageIds'> = {
      id: originOf(question),
      ...(question.firstAskedAs === undefined ? {} : { askedAs: question.id }),
      askerId: question.asker.id,
      askedAt: question.askedAt,
      turns: [turn, replyTurn(reply.text)],
      stopReason: reply.stopReason,
      usage: reply.usage,
      ...(answeredBy === undefined ? {} : { answeredBy }),
    };
    // Until it has been folded, nothing of it is forgotten.
    const kept = isFolded ? { exchanges: before.exchanges.map((exchange) => sent.exchanges.find(({ id }) => id === exchange.id) ?? exchange) } : sent;
    const plan = isFolded ? planFold({ exchanges: [...kept.exchanges, { ...answered, replyMessageIds: [] }] }, budgetOf()) : undefined;
    const hasOutgrown = plan !== undefined || kept.exchanges.length < before.exchanges.length;
    const news: readonly Remark[] = hasOutgrown && asking.earlier === undefined ? [plan === undefined ? 'outgrown' : 'folded'] : [];
    const remarks = [...remarksOn(reply, question, { skipped, wasUnreadable, wereFilesRefused, werePicturesLeftOut }), ...(wereTurnsRefused ? (['turns-refused'] as const) : []), ...news, ...ofPlace];
    const replyMessageIds = await view.finish(reply, answeredBy === undefined ? remarks : [...remarks, answeredBy]);
    const exchange = besides(question.firstAskedAs === undefined ? undefined : history.exchanges.find(({ id }) => id === question.firstAskedAs), { ...answered, replyMessageIds });
    // In this process forgetting comes behind the answer; another one may be done with it.
    const isForgotten = (): boolean => whyCancelled(signal.reason) === 'conversation reset';
    const nothing = { exchange, refusal, leftHistory: [] };
    try {
      if (isForgotten()) return nothing;
      const remembering = asking.remember(kept, exchange, hasOutgrown || asking.earlier !== undefined ? told : undefined);
      await histories.save(conversationId, remembering, history);
      if (isForgotten()) {
        await histories.revise(conversationId, (now) => shapeOf(conversationId).without(now, exchange.id));
        return nothing;
      }
      if (plan !== undefined) compaction?.fold(conversationId, plan, { ...settings, model, inTurn, guardrail }, question);
      return { exchange, refusal, leftHistory: wasUnreadable ? undefined : leftOut(history, remembering) };
    } catch (error) {
      return { exchange, refusal, leftHistory: [], saveFailure: toFailure(error) };
    }
  };

  /** All of it begins anew where there were too many images: its files are read by what is known of the model now. */
  const answerInLane = async (live: LiveQuestion, view: AnswerView, signal: AbortSignal, onWait: OnWait, onStart: () => void, onFirstWords: () => void) => {
    for (;;) {
      await live.quiet(signal);
      let isShown = false;
      // More of the question was said: what answers only the beginning of it is not shown.
      const { attempt: goesOn } = live;
      const show = (text: string): void => {
        if (goesOn.aborted || (!isShown && !live.isFree)) return;
        if (!isShown) onFirstWords();
        isShown = true;
        live.close();
        view.show(text);
      };
      const finish: AnswerView['finish'] = async (reply, remarks) => {
        await live.free();
        goesOn.throwIfAborted();
        live.close();
        return view.finish(reply, remarks);
      };
      const settings = settingsFor(live.current);
      using both = eitherSignal(signal, goesOn);
      try {
        return await withinImageLimit(settings.imageLimit, () => attempt(settings, live, { show, finish }, both.signal, onWait, onStart), () => !isShown);
      } catch (error) {
        await live.free();
        if (signal.aborted || !goesOn.aborted) throw error;
        onWait(undefined);
      }
    }
  };

  return async (question, view, signal, live = createLiveQuestion(question)) => {
    const acceptedAt = monotonicNow();
    const onWait: OnWait = (wait) => {
      view.wait(wait);
      tell({ type: 'waiting', question: live.current, wait });
    };
    let startedAt: number | undefined;
    const report = (): { question: Question; waitedMs: number; tookMs: number } => ({
      question: live.current,
      waitedMs: Math.round((startedAt ?? monotonicNow()) - acceptedAt),
      tookMs: Math.round(monotonicNow() - acceptedAt),
    });
    const onStart = (): void => {
      if (startedAt !== undefined) return;
      startedAt = monotonicNow();
      tell({ type: 'called', question: live.current, waitedMs: report().waitedMs });
    };
    const onFirstWords = (): void => tell({ type: 'first-words', question: live.current, tookMs: report().tookMs });
    try {
      // Whoever waits for more of a question keeps nobody else waiting.
      await live.quiet(signal);
      const answered = await inItsLane(live, () => answerInLane(live, view, signal, onWait, onStart, onFirstWords), signal, onWait);
      const { saveFailure } = answered;
      if (saveFailure !== undefined) await view.regret(saveFailure.kind === 'store-full' ? 'no-room-to-remember' : 'not-remembered');
      return { ...report(), outcome: 'delivered', ...answered };
    } catch (error) {
      live.close();
      const failure = signal.aborted ? stopped(signal) : toFailure(error);
      await view.fail(failure);
      return { ...report(), outcome: 'failed', failure };
    }
  };
};

/** What began a thread may be what its conversation began with. */
const withoutKnown = (around: Around, { exchanges }: History): Around => {
  const { thread } = around;
  const starterId = thread?.starter?.id;
  if (thread === undefined || starterId === undefined || !exchanges.some(({ id, replyMessageIds }) => id === starterId || replyMessageIds.includes(starterId))) return around;
  const { starter: _starter, ...rest } = thread;
  return { ...around, thread: rest };
};

/** The question as it reads where an answer of ours that it points at is not remembered: with a quotation of it, like any other message. */
export const quotingForgotten = (question: Question, { exchanges }: History): Question => {
  const { ownAnswer, ...rest } = question;
  // Mostly it is the newest one.
  if (ownAnswer === undefined || exchanges.findLast(({ replyMessageIds }) => replyMessageIds.includes(ownAnswer.messageId)) !== undefined) return question;
  return { ...rest, ...ownAnswer.quoting };
};
