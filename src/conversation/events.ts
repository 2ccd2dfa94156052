/** Where all that happens is told, once, to whoever listens. */
export interface Events<Event> {
  tell(event: Event): void;
  /** Listeners hear in the order in which they came. */
  listen(listener: (event: Event) => void): void;
}

/** @param onBrokenListener hears of a listener that threw, which hurts nobody else */
export const createEvents = <Event>(onBrokenListener: (error: unknown) => void): Events<Event> => {
  const listeners: ((event: Event) => void)[] = [];
  return {
    tell: (event) => {
      for (const listener of listeners) {
        try {
          listener(event);
        } catch (error) {
          onBrokenListener(error);
        }
      }
    },
    listen: (listener) => void listeners.push(listener),
  };
};
