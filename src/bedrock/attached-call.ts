/** What belongs to a call beside its input, where the middleware of the client finds it. */
export interface AttachedCall {
  /** The whole request body, ready to be sent. */
  readonly body: string | Uint8Array;
  /** Ends the call. */
  readonly signal?: AbortSignal;
}

const calls = new WeakMap<object, AttachedCall>();

export const attachedCall = (input: object): AttachedCall | undefined => calls.get(input);

export const withBody = <Input extends object>(input: Input, body: string | Uint8Array): Input => {
  calls.set(input, { body });
  return input;
};

/** Gives a call its signal. An option of `send` would do the same, but makes the SDK put its middleware together anew. */
export const withSignal = <Input extends object>(input: Input, signal: AbortSignal): Input => {
  const call = calls.get(input);
  if (call === undefined) throw new TypeError('an input gets its body first');
  calls.set(input, { ...call, signal });
  return input;
};
