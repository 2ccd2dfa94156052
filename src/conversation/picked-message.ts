import type { QuotedMessage } from './question.ts';

/** A message that somebody picked to ask about, while they type the question. */
export interface PickedMessage {
  readonly id: string;
  readonly channelId: string;
  readonly pickedBy: string;
  readonly quoted: QuotedMessage;
  /** Where its files are, as the platform described them. Nothing of this is trusted. */
  readonly files: readonly {
    readonly name: string;
    readonly url: string;
    /** In bytes. */
    readonly size: number;
    readonly contentType?: string | undefined;
  }[];
}

/** Picked messages, each kept for half an hour. Both reject with a {@link Failure} of kind `store`. */
export interface PickedMessages {
  /** Resolves with the id that it is found by, which tells nothing. */
  keep(picked: PickedMessage): Promise<string>;
  find(id: string): Promise<PickedMessage | undefined>;
}
