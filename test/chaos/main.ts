import { parseArgs } from 'node:util';
import { runChaos } from './run-chaos.ts';
import { chaosTable } from './chaos-table.ts';

const { values: options } = parseArgs({
  options: {
    questions: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    postgres: { type: 'boolean', default: false },
    odd: { type: 'boolean', default: false },
    conversations: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  },
});
const seed = Number(options.seed);
const questions = Number(options.questions);
if (!Number.isInteger(seed) || !Number.isInteger(questions) || questions < 1 || (options.odd && options.postgres)) {
  process.stderr.write('Usage: npm run chaos -- --questions 1000 --seed 1 [--odd | --postgres] [--conversations] [--keep]\n');
  process.exit(2);
}

/** Lines on each wrong thing that are worth reading. */
const DETAILS = 40;
const isTerminal = process.stderr.isTTY;
let shownAt = 0;

const result = await runChaos({
  seed,
  questions,
  isOdd: options.odd,
  isOnPostgres: options.postgres,
  hasConversations: options.conversations,
  keep: options.keep,
  progress: (text) => {
    if (performance.now() - shownAt < (isTerminal ? 100 : 10_000)) return;
    shownAt = performance.now();
    process.stderr.write(isTerminal ? `\r${text}   ` : `${text}\n`);
  },
});
process.stderr.write('\n');
console.log(chaosTable(seed, result));
for (const line of result.details.slice(0, DETAILS)) console.log(line);
process.exitCode = Object.values(result.wrong).every((count) => count === 0) ? 0 : 1;
