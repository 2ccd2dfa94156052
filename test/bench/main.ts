import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { figuresOf } from './figures.ts';
import { endPostgres } from './on-postgres.ts';
import { PARLEY, median } from './rig.ts';
import { format, tableOf } from './table.ts';
import type { Figure } from './figures.ts';
import type { Subject } from './rig.ts';
import type { Row } from './table.ts';

const USAGE = `Usage: npm run bench -- [--against DIR [--with NAME=VALUE]] [--only "a part of a figure's name"] [--rounds 3] [--quick]
  --against  an older build, a checkout with its node_modules, measured by turns with this one
  --with     a setting of the older build alone; may be said more than once
  --only     may be said more than once
`;

const say = (text: string): void => void process.stderr.write(text);
const CLEAR_LINE = process.stderr.isTTY ? '\r\u001B[K' : '';
const showProgress = (text: string): void => {
  if (process.stderr.isTTY) say(CLEAR_LINE + text);
};
const end = (reason: string): never => {
  say(reason);
  process.exit(2);
};

const readOptions = () => {
  try {
    return parseArgs({
      options: {
        against: { type: 'string' },
        with: { type: 'string', multiple: true, default: [] },
        only: { type: 'string', multiple: true, default: [''] },
        rounds: { type: 'string', default: '3' },
        quick: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    return end(`${(error as Error).message.split('. ', 1)[0]}.\n${USAGE}`);
  }
};
const options = readOptions();
if (options.help) end(USAGE);
const rounds = options.quick ? 1 : Number(options.rounds);
if (!Number.isInteger(rounds) || rounds < 1) end(USAGE);
const environment = Object.fromEntries(options.with.map((setting): [string, string] => [setting.split('=', 1)[0] ?? '', setting.slice(setting.indexOf('=') + 1)]));
const before: Subject | undefined = options.against === undefined ? undefined : { ...PARLEY, name: 'before', root: resolve(options.against), environment };
if (before?.root !== undefined && !(existsSync(join(before.root, before.program)) && existsSync(join(before.root, 'node_modules')))) {
  end(`${before.root} is no checkout of Parley with its node_modules.\n`);
}

const notes = new Set<string>();
const figures = figuresOf(rounds, options.quick, (line) => notes.add(line)).filter(({ name }) => options.only.some((part) => name.includes(part)));
if (figures.length === 0) end(`No figure has ${options.only.map((part) => `"${part}"`).join(' or ')} in its name; README.md lists them.\n`);

/** Measures all subjects by turns, so that a noisy minute hits each. Who cannot be measured has no figure. */
const measure = async (figure: Figure): Promise<Row> => {
  const values = new Map<Subject, number[]>();
  for (const subject of [figure.floor, before, PARLEY]) if (subject !== undefined) values.set(subject, []);
  const failed = new Set<Subject>();
  for (let round = 0; round < figure.rounds; round += 1) {
    for (const [subject, measured] of values) {
      if (failed.has(subject)) continue;
      showProgress(`${figure.name}: round ${round + 1} of ${figure.rounds}, ${subject.name}`);
      try {
        measured.push(await figure.measure(subject, round));
      } catch (error) {
        failed.add(subject);
        notes.add(`${subject.name}: no figure for "${figure.name}": ${String(error).split('\n', 1)[0]}`);
        if (subject === PARLEY) process.exitCode = 1;
      }
    }
  }
  const figureOf = (subject: Subject | undefined): number | undefined =>
    subject === undefined || failed.has(subject) ? undefined : median(values.get(subject) ?? []);
  return { figure, floor: figureOf(figure.floor), before: figureOf(before), parley: figureOf(PARLEY) };
};

const startedAt = performance.now();
const rows: Row[] = [];
for (const figure of figures) {
  if (figure.skipped !== undefined) {
    notes.add(`not measured: ${figure.name}: ${figure.skipped}`);
    continue;
  }
  const row = await measure(figure);
  rows.push(row);
  const told = (['floor', 'before', 'parley'] as const).flatMap((name) => (row[name] === undefined ? [] : [`${name} ${format(row[name])} ${figure.unit}`]));
  say(`${CLEAR_LINE}${figure.name}: ${told.join(', ')} (${figure.aim})\n`);
}
await endPostgres();
say('\n');
console.log(tableOf(rows, before !== undefined));
for (const line of notes) console.log(`\n${line}`);
say(`\nThat took ${((performance.now() - startedAt) / 60_000).toFixed(1)} minutes.\n`);
