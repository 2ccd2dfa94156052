import { fieldsOf, textOf } from './plausible.ts';

/** What an answer that is no success is made of, however it came. */
export interface WireAnswer {
  readonly status: number;
  /** Undefined where there is no such header. */
  readonly header: (name: string) => string | undefined;
  readonly body: string;
}

/** An error as the SDK would make it. */
export interface WireError {
  readonly name: string;
  readonly message: string;
  readonly $metadata?: object;
  readonly $response?: object;
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};

/**
 * An answer that is no success, in the form that `to-failure.ts` reads: the type stands in a header, sometimes in the body. What
 * is no JSON is told like an answer that cannot be read: the page of a proxy.
 */
export const wireRefusal = ({ status, header, body }: WireAnswer): WireError => {
  const content = parsed(body);
  const fields = fieldsOf(content);
  const type = header('x-amzn-errortype') ?? textOf(fields['__type']);
  const isPage = content === undefined && body.trim() !== '' && type === '';
  return {
    name: isPage ? 'SyntaxError' : type.split(':')[0]?.split('#').at(-1) || 'Unknown',
    message: textOf(fields['message'] ?? fields['Message']),
    $metadata: { httpStatusCode: status, requestId: header('x-amzn-requestid') },
    $response: { statusCode: status, headers: { 'retry-after': header('retry-after'), date: header('date') } },
  };
};
