import { restError } from './errors.ts';
import type { MessageRecord } from './records.ts';
import type { World } from './world.ts';

/** "The past few minutes"; Discord does not say how many. https://docs.discord.com/developers/resources/message#create-message */
const WINDOW = 5 * 60_000;

/** The messages of the bot that can still be found by their nonce. */
export class Nonces {
  readonly #world: World;
  readonly #recent = new Map<string, { readonly message: MessageRecord; readonly at: number }>();

  constructor(world: World) {
    this.#world = world;
  }

  /** The message already made with this nonce; 10008 where it was deleted since. */
  find(nonce: string | number): MessageRecord | undefined {
    this.#forgetOld();
    const message = this.#recent.get(String(nonce))?.message;
    if (message?.deleted) throw restError('unknownMessage');
    return message;
  }

  add(nonce: string | number, message: MessageRecord): void {
    this.#recent.delete(String(nonce));
    this.#recent.set(String(nonce), { message, at: this.#world.clock.now() });
  }

  #forgetOld(): void {
    const oldest = this.#world.clock.now() - WINDOW;
    for (const [nonce, { at }] of this.#recent) {
      if (at > oldest) return;
      this.#recent.delete(nonce);
    }
  }
}
