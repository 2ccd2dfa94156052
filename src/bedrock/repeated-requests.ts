import { randomUUID } from 'node:crypto';
import { HttpRequest } from '@smithy/core/protocols';
import { attachedCall } from './converse-body.ts';
import { readAnswer } from './converse-events.ts';
import type { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import type { HttpResponse } from './converse-events.ts';

/** More kinds of request than any program has: it has one model, and two operations. */
const MAX_TEMPLATES = 100;

/** A request as the SDK made it, without its key and its body. */
type Template = ConstructorParameters<typeof HttpRequest>[0] & { readonly headers: Readonly<Record<string, string>> };

interface Received {
  readonly response: HttpResponse;
}

const toTemplate = (request: HttpRequest): Template => {
  const { method, protocol, hostname, port, path, query, headers } = request;
  const { Authorization: _key, authorization: _otherSpelling, 'content-length': _length, ...rest } = headers;
  return { method, protocol, hostname, ...(port === undefined ? {} : { port }), path, query, headers: rest };
};

/** What tells the requests of a client apart, beside key and body. */
const kindOf = (commandName: unknown, input: object): string => `${commandName} ${'modelId' in input ? input.modelId : ''}`;

/**
 * The SDK works out endpoint, path and headers anew for each request, which takes longer than all that Parley does for a
 * question. They are the same each time, so the first request of a kind is its model for the next ones: those get their
 * own key, body and id, and go to the SDK's transport at once. An answer that is an error, or nothing that we know, goes
 * back through the SDK, which knows what it means.
 */
export const repeatRequests = (client: BedrockRuntimeClient): void => {
  const templates = new Map<string, Template>();
  const received = new WeakMap<object, Received>();
  const { requestHandler, token } = client.config;
  if (token === undefined) throw new TypeError('the client has no key');
  const send = requestHandler.handle.bind(requestHandler);

  const repeat = async (template: Template, input: object): Promise<Received> => {
    const { body: given, signal } = attachedCall(input) ?? { body: '' };
    const body = typeof given === 'string' ? Buffer.from(given) : given;
    const headers = {
      ...template.headers,
      Authorization: `Bearer ${(await token()).token}`,
      'content-length': String(body.length),
      'amz-sdk-invocation-id': randomUUID(),
    };
    return (await send(new HttpRequest({ ...template, headers, body }) as never, { abortSignal: signal } as never)) as Received;
  };

  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const template = templates.get(kindOf(commandName, args.input));
        if (template === undefined || attachedCall(args.input) === undefined) return next(args);
        const answer = await repeat(template, args.input);
        const output = await readAnswer(answer.response);
        if (output !== undefined) return { response: answer.response, output: output as never };
        received.set(args.input, answer);
        return next(args);
      },
    { step: 'initialize', priority: 'high', name: 'repeatRequests' },
  );

  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const answer = received.get(args.input);
        if (answer !== undefined) return answer as never;
        const call = attachedCall(args.input);
        if (call === undefined) return next(args);
        if (templates.size < MAX_TEMPLATES) templates.set(kindOf(commandName, args.input), toTemplate(args.request as HttpRequest));
        return (await send(args.request as never, { abortSignal: call.signal } as never)) as never;
      },
    // Here the request is complete, and its answer has not been looked at.
    { step: 'deserialize', priority: 'low', name: 'keepRequest' },
  );
};
