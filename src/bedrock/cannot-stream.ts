/** Bedrock's word for a model that has Converse but not ConverseStream. */
const CANNOT_STREAM = /(?:unsupported|not support\w*|n['’]t support)\b.*stream|stream\w*\b.*(?:unsupported|not support|n['’]t support)/iu;

export const cannotStream = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'name' in error && error.name === 'ValidationException' && 'message' in error && CANNOT_STREAM.test(String(error.message));
