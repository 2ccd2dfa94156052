// Converse: one JSON.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
import { contentOf, sendError, tailOf } from './bedrock-call.ts';
import type { Answer, Call } from './bedrock-call.ts';
import type { ErrorReply } from './bedrock-errors.ts';
import { signReasoning } from './bedrock-rules.ts';
import type { Ending, StreamStep, StreamTrouble } from './bedrock-script.ts';
import type { WireBlock } from './bedrock-types.ts';

export class WholeAnswer implements Answer {
  readonly #call: Call;
  #text = '';
  #reasoned = '';
  readonly #tools: WireBlock[] = [];

  constructor(call: Call) {
    this.#call = call;
  }

  async perform(step: StreamStep): Promise<boolean> {
    if ('finish' in step) return this.#finish(step.finish);
    if ('trouble' in step) return this.#fail(step.trouble);
    if ('toolUse' in step) {
      this.#call.meter.take(JSON.stringify(step.toolUse.input));
      this.#tools.push({ toolUse: step.toolUse });
    }
    const content = contentOf(step);
    if (content === undefined) return true;
    const { accepted, full } = this.#call.meter.take(content.delta);
    if (content.kind === 'text') this.#text += accepted;
    else this.#reasoned += accepted;
    return full ? this.#finish({ stopReason: 'max_tokens' }) : true;
  }

  async #finish(ending: Ending): Promise<false> {
    const { exchange, requestId } = this.#call;
    const body = Buffer.from(JSON.stringify(this.#body(ending)));
    exchange.start(200, {
      'content-type': 'application/json',
      'content-length': String(body.length),
      'x-amzn-requestid': requestId,
    });
    await exchange.end(body);
    return false;
  }

  #body(ending: Ending): object {
    const usage = this.#call.meter.usage(ending.usage);
    this.#call.onUsage(usage);
    const reasoningText = { text: this.#reasoned, signature: signReasoning(this.#reasoned) };
    const content: WireBlock[] = [
      ...(this.#reasoned === '' ? [] : [{ reasoningContent: { reasoningText } }]),
      ...(this.#text === '' ? [] : [{ text: this.#text }]),
      ...this.#tools,
    ];
    const fields = ending.additionalModelResponseFields;
    return {
      output: { message: { role: 'assistant', content } },
      stopReason: ending.stopReason ?? 'end_turn',
      usage,
      ...tailOf(ending, this.#call),
      ...(fields !== undefined && { additionalModelResponseFields: fields }),
    };
  }

  /** There is no stream to break: what can be said by status is, the rest breaks the body or the connection. */
  async #fail(trouble: StreamTrouble): Promise<boolean> {
    const { exchange, requestId, onError } = this.#call;
    switch (trouble.kind) {
      case 'exception': {
        const name = trouble.type.charAt(0).toUpperCase() + trouble.type.slice(1);
        onError(name);
        const status = STATUS[trouble.type] ?? 500;
        await sendError(exchange, requestId, { name, status, message: trouble.message, ...extraOf(trouble) });
        return false;
      }
      case 'error':
        onError(trouble.code);
        await sendError(exchange, requestId, { name: trouble.code, status: 500, message: trouble.message });
        return false;
      case 'stall':
        await exchange.closed;
        return false;
      case 'end':
      case 'truncated':
      case 'badChecksum':
        exchange.start(200, { 'content-type': 'application/json', 'x-amzn-requestid': requestId });
        await exchange.end('{"output":{"message":{"role":"assistant","content":[{"te');
        return false;
      case 'reset':
        await exchange.reset();
        return false;
      case 'noMetadata':
      case 'unknownEvent':
      case 'unknownDelta':
        return true;
    }
  }
}

const STATUS: Readonly<Record<string, number>> = {
  validationException: 400,
  throttlingException: 429,
  modelStreamErrorException: 424,
  modelTimeoutException: 408,
  serviceUnavailableException: 503,
};

function extraOf({ extra }: { readonly extra?: Readonly<Record<string, unknown>> }): Pick<ErrorReply, 'extra'> {
  return extra === undefined ? {} : { extra };
}
