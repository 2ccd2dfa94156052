import { setTimeout as pause } from 'node:timers/promises';
import { bedrockErrors, streamTroubles } from '../simulators/bedrock.ts';
import { oddScript } from './odd-answers.ts';
import { createRandom } from './random.ts';
import { askedIndex, markedAnswer } from './marks.ts';
import type { ConverseRequestRecord, Responder, Script, TextScript } from '../simulators/bedrock.ts';
import type { BedrockTrouble, PlannedQuestion } from './schedule.ts';

const PAUSE_MS = 2_500;
const SLOW_START_MS = 1_500;
const PIECE_CHARACTERS = 60;
/** A stream that breaks has shown a part of the answer, and never the whole. */
const BROKEN_PIECES = 6;

const troubled = (trouble: BedrockTrouble, whole: TextScript): Script => {
  const afterDeltas = BROKEN_PIECES / 2;
  const broken = { ...whole, deltas: { size: Math.ceil(whole.text.length / BROKEN_PIECES) }, afterDeltas };
  switch (trouble) {
    case 'throttled':
      return { error: bedrockErrors.tooManyRequests() };
    case 'overloaded':
      return { error: bedrockErrors.tooManyConnections() };
    case 'server error':
      return { error: bedrockErrors.internalServer() };
    case 'error in the stream':
      return { ...broken, trouble: streamTroubles.modelStreamError() };
    case 'end without a stop':
      return { ...broken, trouble: streamTroubles.end };
    case 'cut off':
      return { ...broken, trouble: streamTroubles.truncated };
    case 'reset':
      return { ...broken, trouble: streamTroubles.reset };
    case 'silence':
      return { ...broken, trouble: streamTroubles.stall };
    case 'pause':
      return { ...whole, firstDelayMs: 50, deltaDelayMs: whole.text.length > PIECE_CHARACTERS ? PAUSE_MS / Math.ceil(whole.text.length / PIECE_CHARACTERS) : PAUSE_MS };
    case 'slow start':
      return { ...whole, firstDelayMs: SLOW_START_MS };
  }
};

/** Whether nobody's question is asked: a title or a summary, whose data quote questions. */
export const isSideCall = ({ body }: ConverseRequestRecord): boolean => /Write a title|You keep notes/u.test(JSON.stringify([body?.system, body?.messages.at(-1)]));

/** A model that goes through the troubles planned for a question, one at each try, and answers at the next. */
export const createModel = (questions: readonly PlannedQuestion[]): Responder => {
  const tries = new Map<number, number>();
  return async (request) => {
    if (isSideCall(request)) return { text: 'Tea and rivers' };
    const { body } = request;
    const text = (body?.messages.at(-1)?.content ?? []).map((block) => block.text ?? '').join('\n');
    const index = askedIndex(text);
    const planned = index === undefined ? undefined : questions[index];
    if (index === undefined || planned === undefined) return { error: bedrockErrors.validation('The question has no mark.') };
    const whole: TextScript = {
      text: markedAnswer(index, planned.sentences),
      deltas: { size: PIECE_CHARACTERS },
      deltaDelayMs: planned.pieceMs,
    };
    const count = tries.get(index) ?? 0;
    tries.set(index, count + 1);
    await pause(1);
    const trouble = planned.troubles[count];
    if (trouble !== undefined) return troubled(trouble, whole);
    return planned.oddity === undefined ? whole : oddScript(planned.oddity, whole.text, createRandom(index));
  };
};
