// From bytes to a checked request.
import { isUtf8 } from 'node:buffer';

import { bedrockErrors, Refusal } from './bedrock-errors.ts';
import { checkShape, isObject } from './bedrock-shapes.ts';
import type { Shape } from './bedrock-shapes.ts';

/** Between the 25.5 MB of base64 that the live service took and the 36.9 MB that it did not. */
const MAX_BODY_BYTES = 25 * 1024 * 1024;
const SURROGATE_ESCAPE = /\\u[dD][89a-fA-F]/;

/** Parsed, or nothing if it is no JSON object at all. */
export function parseBody(rawBody: string): unknown {
  try {
    const parsed: unknown = JSON.parse(rawBody);
    return isObject(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

export function checkBody(bytes: Buffer, rawBody: string, parsed: unknown, shape: Shape): void {
  if (bytes.length > MAX_BODY_BYTES) throw new Refusal(bedrockErrors.inputTooLong());
  if (parsed === undefined || !isUtf8(bytes)) {
    throw new Refusal(bedrockErrors.malformed('The request body is not valid JSON'));
  }
  if (SURROGATE_ESCAPE.test(rawBody)) checkSurrogates(rawBody, parsed);
  checkShape(shape, parsed);
}

/** JSON.parse takes half a surrogate pair; the parsers behind Bedrock do not. */
function checkSurrogates(rawBody: string, parsed: unknown): void {
  if (isWellFormed(parsed)) return;
  const column = rawBody.search(SURROGATE_ESCAPE) + 1;
  const fault = `no low surrogate in string: line 1 column ${column} (char ${column - 1})`;
  throw new Refusal(bedrockErrors.malformed(`The request body is not valid JSON: ${fault}`));
}

function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (Array.isArray(value)) return value.every(isWellFormed);
  return !isObject(value) || Object.entries(value).every(([name, member]) => name.isWellFormed() && isWellFormed(member));
}
