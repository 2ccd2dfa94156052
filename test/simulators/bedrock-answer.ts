// Plays the steps of a script into an answer.
import { StreamAnswer } from './bedrock-answer-stream.ts';
import { WholeAnswer } from './bedrock-answer-whole.ts';
import type { Answer, Call } from './bedrock-call.ts';
import type { StreamStep } from './bedrock-script.ts';
import { EVENT_STREAM } from './bedrock-wire.ts';

type Steps = AsyncIterable<StreamStep> | Iterable<StreamStep>;

export async function play(steps: Steps, call: Call, streamed: boolean): Promise<void> {
  const answer: Answer = streamed ? new StreamAnswer(call) : new WholeAnswer(call);
  const iterator = Symbol.asyncIterator in steps ? steps[Symbol.asyncIterator]() : steps[Symbol.iterator]();
  const over = call.exchange.closed.then(() => ({ done: true as const, value: undefined }));
  for (;;) {
    const next = await Promise.race([Promise.resolve(iterator.next()), over]);
    if (next.done === true || call.exchange.gone) break;
    if ('delayMs' in next.value) await call.exchange.pause(next.value.delayMs);
    else if (!(await answer.perform(next.value))) break;
  }
  // Not awaited: a generator that waits for its test would keep this waiting too.
  void Promise.resolve(iterator.return?.()).catch(() => {});
  if (call.exchange.gone) return;
  const headers = { 'content-type': streamed ? EVENT_STREAM : 'application/json', 'x-amzn-requestid': call.requestId };
  call.exchange.start(200, headers);
  await call.exchange.end();
}
