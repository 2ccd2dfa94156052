import { BLOCKED_TEXT } from '../texts/answer-texts.ts';
import { withButtons } from './answer-buttons.ts';
import { createWithoutUploads } from './without-uploads.ts';
import type { OutgoingMessage } from '../rest/discord-api.ts';
import type { AnswerButtons, Buttons } from './answer-buttons.ts';
import type { AnswerText } from './answer-text.ts';

export interface WantedMessagesOptions {
  readonly text: Pick<AnswerText, 'readOn' | 'update' | 'withoutFiles'>;
  readonly buttons: Pick<AnswerButtons, 'whileWriting'>;
  /** A line above all that is shown before the answer's first words. */
  readonly preface: string | undefined;
}

/** What an answer is to look like now: a notice, the text so far, or its end. */
export interface WantedMessages {
  readonly messages: readonly OutgoingMessage[];
  /** What the model has written so far. */
  readonly markdown: string;
  /** The newest text is not in `messages` yet: it is laid out when its turn has come. */
  readonly isStale: boolean;
  /** The server's filter refused the answer: its words are not shown, whatever comes. */
  readonly isBlocked: boolean;
  showNotice(notice: string): void;
  /** Gives back whether nothing newer was waiting to be laid out. */
  grow(markdown: string): boolean;
  /** Lays the newest text out. */
  refresh(): void;
  end(ending: readonly OutgoingMessage[], row: Buttons): void;
  /** @param shown how many messages stand there: the last one is what the filter refused */
  block(shown: number): void;
  /** Leaves out the files, which were not taken. False where that is to be tried as it is. @param isForNow they may be taken later */
  dropFiles(isForNow: boolean): boolean;
  /** Discord fails altogether, which is no reason to go without files. */
  takeFilesBack(): void;
  /** Discord took what was sent. */
  taken(): void;
}

/** How much comes before it is read, in characters: a long answer that is read in one go holds everybody else up. */
const READ_EVERY = 500;

class WantedOfAnswer implements WantedMessages {
  readonly #options: WantedMessagesOptions;
  readonly #withoutUploads;
  #messages: readonly OutgoingMessage[] = [];
  #markdown = '';
  #isStale = false;
  #readTo = 0;
  #blocked: readonly OutgoingMessage[] | undefined;

  constructor(options: WantedMessagesOptions) {
    this.#options = options;
    this.#withoutUploads = createWithoutUploads(options.text);
  }

  get messages(): readonly OutgoingMessage[] {
    return this.#messages;
  }

  get markdown(): string {
    return this.#markdown;
  }

  get isStale(): boolean {
    return this.#isStale;
  }

  get isBlocked(): boolean {
    return this.#blocked !== undefined;
  }

  showNotice(notice: string): void {
    const { preface, buttons } = this.#options;
    this.#messages = withButtons([{ content: preface === undefined ? notice : `${preface}\n${notice}` }], buttons.whileWriting());
  }

  grow(markdown: string): boolean {
    this.#markdown = markdown;
    const isNews = !this.#isStale;
    this.#isStale = true;
    if (markdown.length >= this.#readTo + READ_EVERY) {
      this.#readTo = markdown.length;
      this.#options.text.readOn(markdown);
    }
    return isNews;
  }

  refresh(): void {
    if (!this.#isStale || this.isBlocked) return;
    this.#isStale = false;
    this.#messages = withButtons(this.#options.text.update(this.#markdown), this.#options.buttons.whileWriting());
  }

  end(ending: readonly OutgoingMessage[], row: Buttons): void {
    this.#messages = this.#blocked ?? withButtons(ending, row);
  }

  block(shown: number): void {
    this.#blocked = [...this.#messages.slice(0, Math.max(0, shown - 1)), { content: BLOCKED_TEXT }];
    this.#messages = this.#blocked;
  }

  dropFiles(isForNow: boolean): boolean {
    const instead = this.#withoutUploads.instead(this.#messages, isForNow);
    this.#messages = instead ?? this.#messages;
    return instead !== undefined;
  }

  takeFilesBack(): void {
    this.#messages = this.#withoutUploads.back() ?? this.#messages;
  }

  taken(): void {
    this.#withoutUploads.taken();
  }
}

export const createWantedMessages = (options: WantedMessagesOptions): WantedMessages => new WantedOfAnswer(options);
