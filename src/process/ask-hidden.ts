import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';

export interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: Pick<NodeJS.WritableStream, 'write'>;
}

/** Nobody wants to go on. */
export class Interrupted extends Error {}

/** What is typed goes nowhere. */
const nowhere = (): Writable => new Writable({ write: (_chunk, _encoding, done) => done() });

const ask = ({ input, output }: Terminal, prompt: string, isHidden: boolean): Promise<string> =>
  new Promise((resolve, reject) => {
    output.write(prompt);
    const lines = createInterface({ input, output: isHidden ? nowhere() : (output as Writable), terminal: true, historySize: 0 });
    let isAnswered = false;
    lines.once('SIGINT', () => lines.close());
    lines.once('line', (line) => {
      isAnswered = true;
      lines.close();
      if (isHidden) output.write('\n');
      resolve(line.trim());
    });
    lines.once('close', () => {
      if (isAnswered) return;
      output.write('\n');
      reject(new Interrupted());
    });
  });

/** Asks on a terminal for what nobody may see. @throws {Interrupted} */
export const askHidden = (terminal: Terminal, prompt: string): Promise<string> => ask(terminal, prompt, true);

/** Asks a question of yes or no; anything but yes is no. @throws {Interrupted} */
export const askYes = async (terminal: Terminal, prompt: string): Promise<boolean> => /^y(?:es)?$/iu.test(await ask(terminal, prompt, false));
