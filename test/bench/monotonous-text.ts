import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadFinish } from './long-text.ts';
import { startRig, until } from './rig.ts';
import type { Subject } from './rig.ts';

const LENGTH = 100_000;

const SINGLE = [...'!"#$%&\'()*+,-./0:;<=>?@[\\]^_`a{|}~ \n\t', '\u200B', '\u0301', '\u202E', 'é', '日', '😀'];
const PAIRS = [
  '[]', '](', '![', '[a', '<a', '<!', '<@', '</', '\\`', '`a', '` ', '``\n', '*a', '**a', '* ', '*_', '_a', '~a', '||', '|a', '|\n', '| ', '|-',
  '> ', '>\n', '- ', '-\n', '1.', '# ', '#\n', '=\n', '\n\n', 'a\n', ' \n', '&a', '&#', 'a:', ':/', 'a.', '@a', '(a', '()', '\u200B`', '\u200B[', 'a\u0301', '👩\u200D',
];

/** The same again and again, 100,000 characters of it. */
const longTextOf = (piece: string): string => piece.repeat(Math.ceil(LENGTH / piece.length)).slice(0, LENGTH);

export interface Worst {
  readonly ms: number;
  /** What the worst text repeats. */
  readonly of: string;
}

/** What takes longer once is not measured again: a pause of the collector does not make it so. */
const HOPELESS_MS = 200;
const TIMES = 4;

/** From Markdown to messages, in milliseconds: the worst of texts that say one or two characters again and again. */
export const measureWorstText = async (subject: Subject): Promise<Worst> => {
  const finish = await loadFinish(subject);
  /** The thread's own time, as for `loop-holds.ts`. */
  const once = (text: string): number => {
    const before = process.threadCpuUsage();
    finish(text);
    const { user, system } = process.threadCpuUsage(before);
    return (user + system) / 1_000;
  };
  const bestOf = (text: string): number => {
    let best = once(text);
    for (let time = 1; time < TIMES && best < HOPELESS_MS; time += 1) best = Math.min(best, once(text));
    return best;
  };
  const measured = [...SINGLE, ...PAIRS].map((piece): Worst => ({ of: piece, ms: bestOf(longTextOf(piece)) }));
  return measured.reduce((worst, one) => (one.ms > worst.ms ? one : worst));
};

/** One for each kind of thing that a reader of text looks for. */
const STREAMED = ['`', '[', '<', '|', '*', '_', '\u200B', '\\', '[]', '`a', '|\n', '> ', '*a'];
const HOLDS = join(import.meta.dirname, 'loop-holds.ts');

/** For how long the process's event loop is held at most while such a text streams, the worst of them, in milliseconds. */
export const measureHold = async (subject: Subject): Promise<Worst> => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-bench-'));
  const holds = join(folder, 'holds');
  // More characters may come than with the default.
  const environment = { BEDROCK_MAX_TOKENS: '8192', LOOP_HOLDS: holds, NODE_OPTIONS: `--import ${HOLDS}` };
  const rig = await startRig(subject, { channels: STREAMED.length + 1, environment });
  const longest = (): number => Math.max(0, ...readFileSync(holds, 'utf8').trim().split('\n').map(Number));
  try {
    const [first, ...others] = rig.channels;
    const ask = async (channel: typeof first, text: string): Promise<void> => {
      rig.bedrock.respond({ text, deltas: { size: 200 }, deltaDelayMs: 2 });
      rig.member.say(channel!, `${rig.discord.botUser.mention} write`);
      // Discord forgets messages here as soon as there are more than a few.
      const isFirst = until(() => channel!.fromBot.length > 0, 60_000);
      if (!(await isFirst && await until(() => rig.bedrock.inFlight === 0, 60_000))) throw new Error(`no whole answer to ${JSON.stringify(text.slice(0, 2))}`);
    };
    /** What is answered behind a long text shows that nothing of that is left to do. */
    const settle = async (): Promise<void> => {
      const isSettled = (): boolean => first!.fromBot.at(-1)?.content === word;
      const word = `Settled ${(settled += 1)}.`;
      rig.bedrock.respond({ text: word });
      rig.member.say(first!, `${rig.discord.botUser.mention} and now?`);
      if (!(await until(isSettled, 60_000))) throw new Error('no answer behind a long text');
    };
    let settled = 0;
    // What is loaded with the first answer is not the text's doing.
    await ask(first, 'A few words, and a list:\n\n- one\n- `two`\n\n'.repeat(200));
    await settle();
    let worst: Worst = { ms: 0, of: '' };
    for (const [index, piece] of STREAMED.entries()) {
      writeFileSync(holds, '');
      await ask(others[index], longTextOf(piece));
      await settle();
      const ms = longest();
      if (ms > worst.ms) worst = { ms, of: piece };
    }
    return worst;
  } finally {
    await rig.close();
    rmSync(folder, { recursive: true, force: true });
  }
};
