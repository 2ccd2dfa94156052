import { parseArgs } from 'node:util';
import { runSoak } from './run-soak.ts';
import { soakFigures, soakTable } from './soak-table.ts';

const { values: options } = parseArgs({
  options: { questions: { type: 'string', default: '20000' }, channels: { type: 'string', default: '2000' }, samples: { type: 'string', default: '12' } },
});
const [questions, channels, samples] = [options.questions, options.channels, options.samples].map(Number);
if (!(Number.isInteger(questions) && Number.isInteger(channels) && Number.isInteger(samples) && Number(samples) % 4 === 0)) {
  process.stderr.write('Usage: npm run soak -- --questions 20000 --channels 2000 [--samples 12, a multiple of four]\n');
  process.exit(2);
}

const isTerminal = process.stderr.isTTY;
const result = await runSoak({
  questions: Number(questions),
  channels: Number(channels),
  samples: Number(samples),
  progress: (text) => {
    if (isTerminal || text.endsWith('\n')) process.stderr.write(isTerminal ? `\r${text}` : text);
  },
});
const figures = soakFigures(result);
console.log(soakTable(figures));
console.log(`\n${result.answered} questions in ${channels} channels, ${result.answersPerSecond.toFixed(0)} answers a second, exit code ${result.exitCode}.`);
process.exitCode = result.exitCode === 0 && figures.every(({ isFine }) => isFine) ? 0 : 1;
