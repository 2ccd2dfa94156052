import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const SRC = join(import.meta.dirname, '../src');

/** What each room of the house may import, besides itself: rooms of ours, and packages. A room inside another is named by its path. */
const ROOMS: Readonly<Record<string, { readonly rooms: readonly string[]; readonly packages?: readonly RegExp[] }>> = {
  conversation: { rooms: [] },
  log: { rooms: ['conversation'], packages: [/^pino(?:-pretty)?$/u] },
  bedrock: { rooms: ['conversation'], packages: [/^@aws-sdk\//u, /^@smithy\//u] },
  policy: { rooms: ['conversation'], packages: [/^zod$/u, /^yaml$/u] },
  usage: { rooms: ['conversation'] },
  store: { rooms: ['conversation', 'policy', 'usage'], packages: [/^keyv$/u, /^@keyv\//u, /^pg(?:-connection-string)?$/u, /^zod$/u] },
  queue: { rooms: ['conversation'], packages: [/^p-queue$/u] },
  markdown: { rooms: ['discord/texts'], packages: [/^entities$/u] },
  'discord/texts': { rooms: ['conversation', 'policy', 'usage'], packages: [/^discord\.js$/u] },
  'discord/rest': { rooms: ['conversation', 'discord/texts'], packages: [/^discord\.js$/u] },
  'discord/reply': { rooms: ['conversation', 'markdown', 'discord/rest', 'discord/texts'], packages: [/^discord\.js$/u] },
  'discord/files': { rooms: ['conversation', 'discord/texts'], packages: [/^sharp$/u, /^chardet$/u] },
  'discord/intake': { rooms: ['conversation', 'markdown', 'discord/files', 'discord/reply', 'discord/rest', 'discord/texts'], packages: [/^discord\.js$/u] },
  'discord/gateway': { rooms: ['conversation', 'discord/intake', 'discord/rest', 'discord/texts'], packages: [/^discord\.js$/u, /^ws$/u] },
  'discord/controls': { rooms: ['conversation', 'discord/gateway', 'discord/intake', 'discord/reply', 'discord/rest', 'discord/texts'], packages: [/^discord\.js$/u] },
  'discord/commands': { rooms: ['conversation', 'discord/files', 'discord/intake', 'discord/reply', 'discord/rest', 'discord/texts'], packages: [/^discord\.js$/u] },
  'discord/memory': { rooms: ['conversation', 'discord/intake', 'discord/rest', 'discord/texts', 'process'], packages: [/^discord\.js$/u] },
  'discord/admin': {
    rooms: ['conversation', 'discord/files', 'discord/gateway', 'discord/intake', 'discord/rest', 'discord/texts', 'pictures', 'policy', 'process', 'usage'],
    packages: [/^discord\.js$/u],
  },
  'discord/resume': {
    rooms: ['conversation', 'discord/controls', 'discord/files', 'discord/gateway', 'discord/intake', 'discord/reply', 'discord/rest', 'discord/texts'],
    packages: [/^discord\.js$/u],
  },
  discord: {
    rooms: [
      'conversation',
      'process',
      'discord/admin',
      'discord/commands',
      'discord/controls',
      'discord/files',
      'discord/gateway',
      'discord/intake',
      'discord/memory',
      'discord/reply',
      'discord/resume',
      'discord/rest',
    ],
    packages: [/^discord\.js$/u],
  },
  operations: { rooms: ['conversation', 'settings'], packages: [/^prom-client$/u] },
  settings: { rooms: ['bedrock', 'conversation', 'log', 'policy'], packages: [/^zod$/u, /^dotenv$/u, /^leven$/u] },
  upkeep: { rooms: ['bedrock', 'conversation', 'discord/rest', 'discord/texts', 'settings', 'store'] },
  doctor: { rooms: ['bedrock', 'conversation', 'discord', 'discord/rest', 'operations', 'policy', 'settings', 'store'] },
  pictures: { rooms: [], packages: [/^echarts$/u, /^sharp$/u] },
  process: { rooms: [] },
};

/** Types that whoever likes may know: what a log takes, and what a check finds. */
const SHARED_TYPES = new Set(['log/log.ts', 'operations/finding.ts', 'operations/observed.ts']);

interface Import {
  readonly from: string;
  readonly target: string;
  readonly isTypeOnly: boolean;
  /** Loaded when the code comes there. */
  readonly isLater: boolean;
}

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
/** The room that a file is in; empty for the few files at the top, which put everything together. */
const roomOf = (file: string): string => {
  const folder = dirname(file);
  return folder === '.' ? '' : folder;
};
const importsOf = (file: string): Import[] =>
  [...readFileSync(join(SRC, file), 'utf8').matchAll(/^(?:import|export)\s+(type\s)?[^;]*?from\s+'([^']+)'|import\('([^']+)'\)/gmu)].map(
    ([, typeOnly, target, dynamic]) => ({ from: file, target: target ?? dynamic ?? '', isTypeOnly: typeOnly !== undefined, isLater: dynamic !== undefined }),
  );
const imports = files.flatMap(importsOf);
const targetFile = ({ from, target }: Import): string => relative(SRC, normalize(join(SRC, dirname(from), target)));
const isRelative = ({ target }: Import): boolean => target.startsWith('.');

describe('the house', () => {
  it('has files to look at', () => {
    expect(files.length).toBeGreaterThan(30);
    expect(imports.length).toBeGreaterThan(100);
  });

  it('has the rooms that are known here, and no others', () => {
    expect([...new Set(files.map(roomOf))].filter((room) => room !== '').toSorted()).toEqual(Object.keys(ROOMS).toSorted());
  });

  it('has each of its rooms in the map of src/README.md', () => {
    const map = readFileSync(join(SRC, 'README.md'), 'utf8').split('## The walk')[0] ?? '';
    expect(Object.keys(ROOMS).filter((room) => !map.includes(`| \`${room}/\` |`))).toEqual([]);
  });

  it('has a walk of a question that names twelve files at most, each of which is there', () => {
    const walk = /## The walk of a question\n([^]*?)\nWhat the steps ask/u.exec(readFileSync(join(SRC, 'README.md'), 'utf8'))?.[1] ?? '';
    const named = [...new Set([...walk.matchAll(/`([\w/-]+\.ts)`/gu)].map(([, name = '']) => name))];
    expect(named.length).toBeGreaterThan(5);
    expect(named.length).toBeLessThanOrEqual(12);
    expect(named.filter((name) => !files.includes(name) && !files.includes(`discord/${name}`))).toEqual([]);
  });

  it('has a word in its vocabulary for each thing with a name of one word that several rooms know', () => {
    const table = /## The words\n([^]*?)\n## /u.exec(readFileSync(join(SRC, 'README.md'), 'utf8'))?.[1] ?? '';
    const singular = (word: string): string => word.toLowerCase().replace(/s$/u, '');
    const words = new Set([...table.matchAll(/^\| ([^|]+) \|/gmu)].flatMap(([, first = '']) => first.split(/\W+/u).map(singular)));
    const known = new Map<string, Set<string>>();
    for (const file of files) {
      for (const [, names = '', target = ''] of readFileSync(join(SRC, file), 'utf8').matchAll(/^import\s+(?:type\s)?\{([^}]*)\}\s+from\s+'(\.[^']+)'/gmu)) {
        const from = relative(SRC, normalize(join(SRC, dirname(file), target)));
        if (roomOf(from) === roomOf(file)) continue;
        for (const name of names.match(/\b[A-Z][a-z]+\b/gu) ?? []) known.set(`${from} ${name}`, (known.get(`${from} ${name}`) ?? new Set()).add(roomOf(file)));
      }
    }
    const shared = [...known].flatMap(([name, rooms]) => (rooms.size > 1 ? [name] : []));
    expect(shared.length).toBeGreaterThan(20);
    expect(shared.filter((name) => !words.has(singular(name.split(' ')[1] ?? '')))).toEqual([]);
  });

  it('is put together on one page', () => {
    expect(readFileSync(join(SRC, 'parley.ts'), 'utf8').trimEnd().split('\n').length).toBeLessThanOrEqual(80);
  });

  it('has no arrow between rooms but those that are known here', () => {
    const foreign = imports.filter((one) => {
      const room = roomOf(one.from);
      if (room === '' || !isRelative(one)) return false;
      const target = targetFile(one);
      return roomOf(target) !== room && !(ROOMS[room]?.rooms ?? []).includes(roomOf(target)) && !(one.isTypeOnly && SHARED_TYPES.has(target));
    });
    expect(foreign).toEqual([]);
  });

  it('knows no arrow that is not there any more', () => {
    const arrows = new Set(imports.filter(isRelative).map((one) => `${roomOf(one.from)} → ${roomOf(targetFile(one))}`));
    const gone = Object.entries(ROOMS).flatMap(([room, { rooms }]) => rooms.map((other) => `${room} → ${other}`).filter((arrow) => !arrows.has(arrow)));
    expect(gone).toEqual([]);
  });

  it('has no circle of rooms', () => {
    const isAbove = (upper: string, lower: string, seen = new Set<string>()): boolean =>
      (ROOMS[upper]?.rooms ?? []).some((room) => room === lower || (!seen.has(room) && isAbove(room, lower, seen.add(room))));
    expect(Object.keys(ROOMS).filter((room) => isAbove(room, room))).toEqual([]);
  });

  it('lets each room import its own packages only', () => {
    const strays = imports.filter((one) => {
      if (isRelative(one) || one.target.startsWith('node:')) return false;
      const room = roomOf(one.from);
      return !(ROOMS[room]?.packages ?? []).some((pattern) => pattern.test(one.target));
    });
    expect(strays).toEqual([]);
  });

  it('reads the environment in one place only', () => {
    const readers = files.filter((file) => /process\.env|from 'dotenv'/u.test(readFileSync(join(SRC, file), 'utf8')));
    expect(readers).toEqual(['settings/environment.ts']);
  });

  it('keeps what people read in discord/texts/', () => {
    const said = /\b(?:new SkipFile\(|tell\([^;]*, |content: |title: |label: |placeholder: )['`][^'`]* /u;
    expect(files.filter((file) => file.startsWith('discord/') && !file.startsWith('discord/texts/') && said.test(readFileSync(join(SRC, file), 'utf8')))).toEqual([]);
  });

  it('has no circle', () => {
    const edges = new Map(files.map((file) => [file, imports.filter((one) => one.from === file && isRelative(one)).map(targetFile)]));
    const circles: string[] = [];
    const done = new Set<string>();
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' → '));
      else if (!done.has(file)) {
        for (const next of edges.get(file) ?? []) visit(next, [...path, file]);
        done.add(file);
      }
    };
    for (const file of files) visit(file, []);
    expect(circles).toEqual([]);
  });

  it('has no room without a name', () => {
    expect(files.filter((file) => /(?:^|\/)(?:index|types|utils|helpers|common|misc)(?:\.ts|\/)/u.test(file))).toEqual([]);
  });

  it('imports no module at the start that would load the whole of `fetch` and TLS, for 50 ms', () => {
    const atStart = new Set(['main.ts', 'run.ts', 'parley.ts', 'discord/bot.ts']);
    for (const file of atStart) {
      const next = imports.filter((one) => one.from === file && isRelative(one) && !one.isTypeOnly && !one.isLater);
      for (const one of next) atStart.add(targetFile(one));
    }
    expect(atStart.size).toBeGreaterThan(100);
    // Parts of them are to be had by `process.getBuiltinModule`.
    expect(imports.filter((one) => /^node:https?$/u.test(one.target) && !one.isTypeOnly && atStart.has(one.from))).toEqual([]);
  });
});
