import { buttonIds, withoutOtherFiles } from '../rest/discord-api.ts';
import { isLater } from './channel-activity.ts';
import { splitMessage } from '../../markdown/split-message.ts';
import { SUPERSEDED_TEXT, UNFINISHED_TEXT } from '../texts/answer-texts.ts';
import { NoDelivery, describeDeliveryError } from '../rest/delivery-error.ts';
import { persist } from '../rest/persist.ts';
import type { Action, BucketState } from '../rest/buckets.ts';
import type { FoundMessage, OutgoingMessage, RequestHow, Sent } from '../rest/discord-api.ts';
import type { ChannelWatch } from './channel-activity.ts';
import type { DeliveryVerdict } from '../rest/delivery-error.ts';
import type { LimitedPlace, WaitOf } from '../rest/paced-job.ts';
import type { ReplyTarget } from './reply-target.ts';

/** One request that brings what is shown closer to what is wanted. */
export type Step =
  | { readonly type: 'create'; readonly part: number; readonly message: OutgoingMessage; readonly isAnew: boolean }
  | { readonly type: 'edit'; readonly part: number; readonly messageId: string; readonly message: OutgoingMessage }
  | { readonly type: 'remove'; readonly part: number; readonly messageId: string }
  /** Where a draft cannot be removed, it points to the answer below. */
  | { readonly type: 'point'; readonly part: number; readonly messageId: string };

interface Shown {
  readonly messageId: string;
  /** As Discord keeps it. */
  readonly kept: OutgoingMessage;
  readonly createdAt: number;
  /** It was written for the end, and is never sent anew. */
  readonly isEnd: boolean;
  /** Discord takes no edits of it. */
  readonly isClosed?: boolean;
  /** An edit of it was not answered, and may come true yet. */
  readonly isDoubtful?: boolean;
}

interface Leftover {
  readonly part: number;
  readonly messageId: string;
  readonly isRemovalRefused: boolean;
}

/** After so long people have looked away, and an edit tells nobody that the answer is there. In milliseconds. */
const ANEW_AFTER_MS = 20_000;
/** An end waits no longer than this for an edit, where a new message can be sent at once. In milliseconds. */
const ANEW_RATHER_THAN_WAIT_MS = 1_000;

export interface ShownMessagesOptions {
  readonly target: ReplyTarget;
  readonly watch: ChannelWatch;
  readonly warn: (reason: string) => void;
}

export const actionOf = ({ type }: Step): Action => {
  if (type === 'create') return 'create';
  return type === 'remove' ? 'delete' : 'edit';
};

const isSame = (kept: OutgoingMessage, message: OutgoingMessage): boolean =>
  kept.content === message.content && kept.files === message.files && kept.components === message.components;

/** Below a message that Discord keeps with others than it was sent. */
const OTHER_BUTTONS: NonNullable<OutgoingMessage['components']> = [];

/** Where buttons are missing, nothing looks as if it still grew. */
const hasOtherButtons = ({ buttons = [] }: FoundMessage, { components = [] }: OutgoingMessage): boolean => {
  const asked = buttonIds(components);
  return buttons.some((id) => !asked.includes(id));
};

/** A draft with live buttons is no end, whatever its words. */
const isEndOf = ({ isEnd, kept }: Shown, { content }: OutgoingMessage): boolean => kept.content === content && (isEnd || kept.components === undefined);

/** The messages of one answer as they stand on Discord, and the way from there to what is wanted. */
export const createShownMessages = ({ target, watch, warn }: ShownMessagesOptions) => {
  const shown: Shown[] = [];
  /** Drafts that an end took the place of. They go when it is there: whatever happens in between, one of the two is. */
  const leftovers: Leftover[] = [];
  let mayGoAnew = target.canSendAnew;
  let takesDrafts = true;
  /** Files were sent, and no answer came: a message may have them. */
  let mayHaveFiles = false;
  const sentAnew = new Set<number>();
  /**
   * The buttons of new messages that failed, by nonce. One may be there all the same, whatever the last word on it was: discord.js
   * repeats requests. Discord hands out the first one that it made under a nonce, with the buttons of then.
   */
  const failed = new Map<string, OutgoingMessage['components']>();
  const nonceOf = ({ part, isAnew }: { readonly part: number; readonly isAnew: boolean }): string => `${part} ${isAnew}`;
  /** Parts whose nonce brought back a message that stands for something else already: an earlier process made it. */
  const takenNonces = new Set<number>();
  let differences = 0;
  /** The messages whose buttons were written once more. */
  const insisted = new Set<string>();

  const isUnnoticed = ({ createdAt, messageId }: Shown): boolean =>
    performance.now() - createdAt > ANEW_AFTER_MS || watch.hasMovedPast(messageId);

  /** An earlier part went anew, below this one. A part goes so once: with the same nonce, Discord would hand out the same message. */
  const standsAboveEarlier = (part: number): boolean => {
    const [earlier, current] = [shown[part - 1], shown[part]];
    return earlier !== undefined && current !== undefined && !sentAnew.has(part) && isLater(earlier.messageId, current.messageId);
  };

  const mustGoAnew = (part: number, isLast: boolean, message: OutgoingMessage, waitOf: WaitOf): boolean => {
    const current = shown[part];
    if (current === undefined || !mayGoAnew) return false;
    if (standsAboveEarlier(part)) return true;
    // It may be there: only the same once more tells.
    if (!sentAnew.has(part) && failed.has(nonceOf({ part, isAnew: true }))) return true;
    if (!current.isEnd && (current.isDoubtful === true || (isLast && isUnnoticed(current)))) return true;
    if (isSame(current.kept, message)) return false;
    if (current.isClosed === true) return !sentAnew.has(part);
    if (current.isEnd) return false;
    const isEditFar = waitOf('edit', target.placeOf(part, false)) > ANEW_RATHER_THAN_WAIT_MS;
    return isEditFar && waitOf('create', target.placeOf(part, true)) === 0;
  };

  const nextCleanup = (wanted: readonly OutgoingMessage[]): Step | undefined => {
    for (const [part, { messageId }] of shown.splice(wanted.length).entries()) {
      leftovers.push({ part: wanted.length + part, messageId, isRemovalRefused: false });
    }
    const leftover = leftovers[0];
    return leftover && { type: leftover.isRemovalRefused ? 'point' : 'remove', part: leftover.part, messageId: leftover.messageId };
  };

  const findEnd = async (wanted: readonly OutgoingMessage[]): Promise<void> => {
    for (const [part, message] of wanted.entries()) {
      const draft = shown[part];
      if (draft !== undefined && isEndOf(draft, message)) continue;
      const found = await target.find?.(message.content);
      if (found === undefined) return;
      const { messageId } = found;
      // An edit may be what Discord did.
      if (draft !== undefined && draft.messageId !== messageId) leftovers.push({ part, messageId: draft.messageId, isRemovalRefused: false });
      const isEnd = !hasOtherButtons(found, message);
      shown[part] = { messageId, kept: isEnd ? message : { ...message, components: OTHER_BUTTONS }, createdAt: performance.now(), isEnd };
    }
  };

  /** What Discord says it keeps is what counts. At the end a difference is written once more, and then taken as Discord's way. */
  const keptOf = (message: OutgoingMessage, { content, messageId }: Sent, isEnd: boolean): OutgoingMessage => {
    if (content.trim() === message.content.trim()) return message;
    if (isEnd) differences += 1;
    if (differences < 2) return { ...message, content };
    warn(`Discord keeps another text than it was sent, in message ${messageId}`);
    return message;
  };

  /** Likewise of the buttons of an end. Where Discord keeps those of a draft all the same, a new message has its own. */
  const noted = (step: Extract<Step, { readonly type: 'create' | 'edit' }>, sent: Sent, isEnd: boolean): Pick<Shown, 'messageId' | 'kept' | 'isClosed'> => {
    const { part, message } = step;
    const { messageId } = sent;
    const kept = keptOf(message, sent, isEnd);
    // Where Discord does not tell, it is the one of then.
    if (step.type === 'create' && sent.buttons === undefined && failed.has(nonceOf(step))) return { messageId, kept: { ...kept, components: failed.get(nonceOf(step)) } };
    if (!isEnd || !hasOtherButtons(sent, message)) return { messageId, kept };
    const isAgain = insisted.has(messageId);
    insisted.add(messageId);
    const isClosed = isAgain && mayGoAnew && !sentAnew.has(part);
    if (!isAgain || isClosed) return { messageId, kept: { ...kept, components: OTHER_BUTTONS }, isClosed };
    warn(`Discord keeps other buttons than it was sent, in message ${messageId}`);
    return { messageId, kept };
  };

  return {
    count: (): number => shown.length,
    ids: (): readonly string[] => shown.map(({ messageId }) => messageId),
    /** Those and the drafts that have not gone yet, which stand before them. */
    allIds: (): readonly string[] => [...leftovers, ...shown].map(({ messageId }) => messageId),
    /** Nothing more can be drafted: what is shown takes no edits, or drafts are refused. */
    isFrozen: (): boolean => !takesDrafts || shown.some(({ isClosed }) => isClosed),
    /** Drafts are refused: only the end is worth what is left to try. */
    freeze: (): void => {
      takesDrafts = false;
    },
    /** Whether a message that Discord does not know any more is there all the same. */
    isThere: async (step: Step): Promise<boolean> => step.type === 'edit' && (await target.isThere?.(step.messageId)) === true,
    /** From now on nothing is sent anew. */
    stay: (): void => {
      mayGoAnew = false;
    },
    /** @param isEnd `wanted` is the end: it may be sent anew, and drafts are cleared away behind it */
    next: (wanted: readonly OutgoingMessage[], isEnd: boolean, waitOf: WaitOf): Step | undefined => {
      for (const [part, message] of wanted.entries()) {
        const current = shown[part];
        if (current === undefined) return { type: 'create', part, message, isAnew: takenNonces.has(part) };
        if (isEnd && mustGoAnew(part, part === wanted.length - 1, message, waitOf)) return { type: 'create', part, message, isAnew: true };
        if (!isSame(current.kept, message)) return { type: 'edit', part, messageId: current.messageId, message };
      }
      return isEnd ? nextCleanup(wanted) : undefined;
    },
    placeOf: (step: Step): LimitedPlace => target.placeOf(step.part, step.type === 'create' && step.isAnew),
    /** Rejects with discord.js's errors. */
    send: async (step: Step, isEnd: boolean, how: RequestHow): Promise<BucketState | undefined> => {
      const { part } = step;
      if (step.type === 'create') {
        const nonce = nonceOf(step);
        const sent = await target.create(part, step.message, { isAnew: step.isAnew, ...how }).catch((error: unknown) => {
          // What is limited now may have worked before: discord.js repeats it.
          if (!failed.has(nonce)) failed.set(nonce, step.message.components);
          throw error;
        });
        if (step.isAnew) sentAnew.add(part);
        // The nonce of an earlier process has brought back what is shown: there is no new message, and that one is not to go.
        if (shown.some(({ messageId }) => messageId === sent.messageId)) {
          if (shown[part] !== undefined) mayGoAnew = false;
          else if (takenNonces.has(part)) throw new NoDelivery(200);
          else takenNonces.add(part);
          failed.delete(nonce);
          return sent.bucket;
        }
        const draft = shown[part];
        if (draft !== undefined) leftovers.push({ part, messageId: draft.messageId, isRemovalRefused: false });
        shown[part] = { ...noted(step, sent, isEnd), createdAt: performance.now(), isEnd };
        failed.delete(nonce);
        return sent.bucket;
      }
      if (step.type === 'edit') {
        const { createdAt, isEnd: wasEnd, kept } = shown[part] ?? { createdAt: performance.now(), isEnd, kept: step.message };
        const hasFiles = kept.files !== undefined || mayHaveFiles;
        const sent = await target.edit(part, step.messageId, hasFiles ? withoutOtherFiles(step.message) : step.message, how);
        shown[part] = { ...noted(step, sent, isEnd), createdAt, isEnd: wasEnd };
        return sent.bucket;
      }
      const bucket =
        step.type === 'remove'
          ? await target.remove(part, step.messageId, how)
          : (await target.edit(part, step.messageId, { content: SUPERSEDED_TEXT }, how)).bucket;
      leftovers.shift();
      return bucket;
    },
    /** No answer came to a step: whether it came true is not known. */
    doubt: (step: Step): void => {
      const { type, part } = step;
      const current = shown[part];
      if ((type === 'create' || type === 'edit') && step.message.files !== undefined) mayHaveFiles = true;
      if (type === 'edit' && current !== undefined) shown[part] = { ...current, isDoubtful: true };
    },
    /**
     * A step was refused. False when there is no other way in this place.
     * @param isLastTime a draft that can neither be removed nor point to its answer stays as it is
     */
    goAround: (step: Step, verdict: DeliveryVerdict, isLastTime: boolean): boolean => {
      const current = shown[step.part];
      if (step.type === 'remove' || step.type === 'point') {
        const leftover = leftovers.shift();
        if (verdict === 'message-gone' || leftover === undefined) return true;
        if (step.type === 'remove' || !isLastTime) leftovers.unshift({ ...leftover, isRemovalRefused: step.type === 'remove' });
        else warn(`A draft could not be removed: message ${step.messageId}`);
        return true;
      }
      if (step.type === 'create') {
        if (!step.isAnew || takenNonces.has(step.part)) return false;
        mayGoAnew = false;
        return true;
      }
      if (!mayGoAnew || current === undefined || current.isClosed === true || sentAnew.has(step.part)) return false;
      shown[step.part] = { ...current, isClosed: true };
      return true;
    },
    /** An edit was refused, and is not tried again. */
    noteRefusal: ({ type, part }: Step): void => {
      const current = shown[part];
      if (type === 'edit' && current !== undefined) shown[part] = { ...current, isClosed: true };
    },
    /**
     * Looks for the messages of the end that Discord made without saying so; discord.js repeats requests by itself, so that
     * nobody here knows. What is there is not to be said once more elsewhere.
     */
    findUntold: async (wanted: readonly OutgoingMessage[]): Promise<void> => {
      await findEnd(wanted);
      // What only grew is not what was to be said.
      for (const components of failed.values()) {
        for (const messageId of (await target.findDrafts?.(components ?? [])) ?? []) {
          const isKnown = [...shown, ...leftovers].some((message) => message.messageId === messageId);
          if (!isKnown) leftovers.push({ part: 0, messageId, isRemovalRefused: false });
        }
      }
    },
    /** What is wanted and not shown as an end, from the first such message on. */
    missing: (wanted: readonly OutgoingMessage[]): readonly OutgoingMessage[] => {
      const first = wanted.findIndex((message, part) => shown[part] === undefined || !isEndOf(shown[part], message));
      return first === -1 ? [] : wanted.slice(first);
    },
    /** Whether all words can be read, whatever stands below them. */
    isReadable: (wanted: readonly OutgoingMessage[]): boolean => wanted.every(({ content }, part) => shown[part]?.kept.content === content),
    /** The end was said by another way: those of its messages that nothing stands for any more become leftovers. */
    replaceRest: (from: number, messageIds: readonly string[], wanted: readonly OutgoingMessage[]): void => {
      for (const [index, { messageId }] of shown.splice(from).entries()) leftovers.push({ part: from + index, messageId, isRemovalRefused: false });
      for (const [index, messageId] of messageIds.entries()) {
        shown.push({ messageId, kept: wanted[from + index] ?? { content: '' }, createdAt: performance.now(), isEnd: true });
      }
    },
    /**
     * Nothing more can be said here: what still looks as if it grew, or as if it were all, says that it is not; or it goes.
     * @param forMs milliseconds for all of them
     * @param isWhole all that was to be said is there
     */
    abandon: async (forMs: number, isWhole: boolean): Promise<void> => {
      const until = performance.now() + forMs;
      const leftMs = (): number => Math.max(0, until - performance.now());
      const isUnfinished = ({ isEnd, kept }: Shown, part: number): boolean => (!isEnd && kept.components !== undefined) || (!isWhole && part === shown.length - 1);
      const growing = shown.flatMap((message, part) => (isUnfinished(message, part) ? [{ ...message, part }] : []));
      for (const { part, messageId, kept, isClosed = false } of growing) {
        // Some of its words make room: whoever reads them is to know that they are not all.
        const [content = UNFINISHED_TEXT] = isWhole ? [kept.content] : splitMessage(`${kept.content}\n${UNFINISHED_TEXT}`, { maxMessages: 1, restNote: UNFINISHED_TEXT });
        const end = () => target.edit(part, messageId, { content });
        const remove = () => target.remove(part, messageId);
        // The words of a whole answer stand nowhere else.
        const error = await persist(isWhole ? [end] : isClosed ? [remove] : [end, remove], leftMs());
        if (error === undefined && isWhole) shown[part] = { messageId, kept: { content }, createdAt: 0, isEnd: true };
        if (error !== undefined) warn(`A draft could not be ended: message ${messageId}. ${describeDeliveryError(error)}`);
      }
      for (const { part, messageId } of leftovers.splice(0)) {
        const error = await persist([() => target.remove(part, messageId), () => target.edit(part, messageId, { content: SUPERSEDED_TEXT })], leftMs());
        if (error !== undefined) warn(`A draft could not be removed: message ${messageId}. ${describeDeliveryError(error)}`);
      }
    },
  };
};

export type ShownMessages = ReturnType<typeof createShownMessages>;
