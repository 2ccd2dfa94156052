// ConverseStream: messageStart, contentBlockDelta…, contentBlockStop, messageStop, metadata.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamOutput.html
import { setImmediate as nextTurn } from 'node:timers/promises';

import { contentOf, tailOf } from './bedrock-call.ts';
import type { Answer, Call, Content } from './bedrock-call.ts';
import { signReasoning } from './bedrock-rules.ts';
import type { Ending, StreamStep, StreamTrouble } from './bedrock-script.ts';
import type { WireToolUse } from './bedrock-types.ts';
import { errorFrame, EVENT_STREAM, eventFrame, exceptionFrame, withBadChecksum } from './bedrock-wire.ts';

export class StreamAnswer implements Answer {
  readonly #call: Call;
  #started = false;
  #frames = 0;
  #block = 0;
  #open: Content['kind'] | undefined;
  #reasoned = '';

  constructor(call: Call) {
    this.#call = call;
  }

  async perform(step: StreamStep): Promise<boolean> {
    this.#call.exchange.start(200, { 'content-type': EVENT_STREAM, 'x-amzn-requestid': this.#call.requestId });
    // Trouble may be the very first thing: an SDK then treats it like an error by status.
    if (!this.#started && !('trouble' in step)) await this.#begin();
    if ('finish' in step) return this.#finish(step.finish);
    if ('trouble' in step) return this.#fail(step.trouble);
    if ('toolUse' in step) await this.#useTool(step.toolUse);
    else if ('event' in step) await this.#event(step.event, step.payload);
    else if ('bytes' in step) await this.#write(step.bytes);
    const content = contentOf(step);
    return content === undefined || this.#content(content);
  }

  async #begin(): Promise<void> {
    this.#started = true;
    await this.#event('messageStart', { role: 'assistant' });
  }

  /** Text blocks have no contentBlockStart; a change of kind closes the block before. */
  async #content({ kind, delta }: Content): Promise<boolean> {
    const { accepted, full } = this.#call.meter.take(delta);
    if (accepted !== '' || !full) {
      if (this.#open !== kind) await this.#closeBlock();
      this.#open = kind;
      if (kind === 'reasoning') this.#reasoned += accepted;
      await this.#delta(kind === 'text' ? { text: accepted } : { reasoningContent: { text: accepted } });
    }
    return full ? this.#finish({ stopReason: 'max_tokens' }) : true;
  }

  async #delta(delta: object): Promise<void> {
    await this.#event('contentBlockDelta', { contentBlockIndex: this.#block, delta });
  }

  async #closeBlock(): Promise<void> {
    if (this.#open === undefined) return;
    if (this.#open === 'reasoning') await this.#delta({ reasoningContent: { signature: signReasoning(this.#reasoned) } });
    await this.#event('contentBlockStop', { contentBlockIndex: this.#block });
    this.#block += 1;
    this.#open = undefined;
  }

  async #useTool({ toolUseId, name, input }: WireToolUse): Promise<void> {
    await this.#closeBlock();
    await this.#event('contentBlockStart', { contentBlockIndex: this.#block, start: { toolUse: { toolUseId, name } } });
    const json = JSON.stringify(input);
    this.#call.meter.take(json);
    await this.#delta({ toolUse: { input: json } });
    this.#open = 'text';
    await this.#closeBlock();
  }

  async #finish(ending: Ending): Promise<false> {
    await this.#closeBlock();
    const fields = ending.additionalModelResponseFields;
    await this.#event('messageStop', {
      stopReason: ending.stopReason ?? 'end_turn',
      ...(fields !== undefined && { additionalModelResponseFields: fields }),
    });
    const usage = this.#call.meter.usage(ending.usage);
    if (ending.metadata !== false) {
      this.#call.onUsage(usage);
      await this.#event('metadata', { usage, ...tailOf(ending, this.#call) });
    }
    return false;
  }

  async #fail(trouble: StreamTrouble): Promise<boolean> {
    const { exchange, onError } = this.#call;
    switch (trouble.kind) {
      case 'exception':
        onError(trouble.type);
        await this.#write(exceptionFrame(trouble.type, { message: trouble.message, ...trouble.extra }));
        return false;
      case 'error':
        onError(trouble.code);
        await this.#write(errorFrame(trouble.code, trouble.message));
        return false;
      case 'end':
        return false;
      case 'noMetadata':
        return true; // it shows at the end
      case 'truncated':
        await this.#write(this.#nextFrame().subarray(0, -7));
        return false;
      case 'badChecksum':
        await this.#write(withBadChecksum(this.#nextFrame()));
        return false;
      case 'reset':
        await exchange.reset();
        return false;
      case 'stall':
        await exchange.closed;
        return false;
      case 'unknownEvent':
        await this.#event('somethingNew', { detail: 'from a later version of the service' });
        return true;
      case 'unknownDelta':
        await this.#delta({ somethingNew: { detail: 'from a later version of the service' } });
        return true;
    }
  }

  #nextFrame(): Buffer {
    return eventFrame('contentBlockDelta', { contentBlockIndex: this.#block, delta: { text: 'never whole' } }, this.#frames);
  }

  async #event(type: string, payload: object): Promise<void> {
    this.#frames += 1;
    // 7 is coprime to the length of the padding, so the lengths differ from frame to frame.
    await this.#write(eventFrame(type, payload, this.#frames * 7));
  }

  async #write(bytes: Uint8Array): Promise<void> {
    const { exchange, byteByByte } = this.#call;
    if (!byteByByte) return exchange.write(bytes);
    for (let at = 0; at < bytes.length && !exchange.gone; at += 1) {
      await exchange.write(bytes.subarray(at, at + 1));
      await nextTurn();
    }
  }
}
