/** Resolves after so many milliseconds. @throws the signal's reason when it aborts before */
export const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const cancel = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', cancel);
      resolve();
    }, ms).unref();
    signal.addEventListener('abort', cancel, { once: true });
  });
