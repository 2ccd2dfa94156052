import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lockedPackages } from './lockfile.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (name: string): string => readFileSync(join(ROOT, name), 'utf8');
const manifest = JSON.parse(read('package.json')) as Record<'dependencies' | 'devDependencies' | 'scripts', Record<string, string>> & { allowScripts: Record<string, boolean> };
const packages = lockedPackages();
const shipped = packages.filter(({ dev }) => dev !== true);

/** What may be shipped with a program under the MIT licence without asking more of who runs it. */
const PERMISSIVE = new Set(['MIT', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0']);
/** Others, each with where it may be. */
const OTHERS: Readonly<Record<string, RegExp>> = {
  // A shared library beside the program, which anybody may replace.
  'LGPL-3.0-or-later': /^@img\/sharp-/u,
  // Bitstream's and Arev's, both free; the text comes along.
  'SEE LICENSE IN README.md AND LICENSE': /^dejavu-fonts-ttf$/u,
};
const isAllowed = (license: string, name: string): boolean =>
  OTHERS[license]?.test(name) ?? license.replaceAll(/[()]/gu, '').split(/ (?:AND|OR) /u).every((one) => PERMISSIVE.has(one) || OTHERS[one]?.test(name) === true);

describe('what Parley is made of', () => {
  it('has a reason in src/README.md for each package that it asks for, and no reason without a package', () => {
    const [, section = ''] = /\n## Dependencies\n([\s\S]*?)\n## /u.exec(read('src/README.md')) ?? [];
    const explained = [...section.matchAll(/^\| ([^|]+) \| [^|]{10,} \|$/gmu)].flatMap(([, names = '']) => names.split(', ')).filter((name) => name !== 'package');
    // Types of a package are explained by it.
    const asked = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }).filter((name) => !name.startsWith('@types/'));
    expect(explained.toSorted()).toEqual(asked.toSorted());
  });

  it('asks for what its code imports, and only tests import what is for development', () => {
    const imported = globSync('src/**/*.{ts,js}', { cwd: ROOT }).flatMap((file) =>
      [...read(file).matchAll(/(?:from |import\(|import )'([^'.][^']*)'/gu)].map(([, name = '']) => name.split('/').slice(0, name.startsWith('@') ? 2 : 1).join('/')),
    );
    const foreign = new Set(imported.filter((name) => !name.startsWith('node:') && !builtinModules.includes(name)));
    expect([...foreign].filter((name) => !(name in manifest.dependencies))).toEqual([]);
  });

  it('is locked to the byte, wherever it is installed from', () => {
    expect(packages.length).toBeGreaterThan(100);
    expect(packages.filter(({ integrity, link }) => link !== true && integrity?.startsWith('sha512-') !== true).map(({ path }) => path)).toEqual([]);
    // A registry's address would make others install from it.
    expect(packages.filter(({ resolved }) => resolved !== undefined).map(({ path }) => path)).toEqual([]);
  });

  it('lets no package run something when it is installed but those that are named', () => {
    const named = Object.keys(manifest.allowScripts);
    expect(packages.filter(({ hasInstallScript }) => hasInstallScript === true).map(({ name }) => name).filter((name) => !named.includes(name))).toEqual([]);
    // And the image lets none.
    expect(read('Dockerfile')).toContain('npm ci --omit=dev --ignore-scripts');
  });

  it('ships nothing whose licence asks more than to be named', () => {
    expect(shipped.filter(({ license, name }) => license === undefined || !isAllowed(license, name)).map(({ name, license }) => `${name}: ${license}`)).toEqual([]);
    expect(existsSync(join(ROOT, 'node_modules/dejavu-fonts-ttf/LICENSE'))).toBe(true);
    const { stdout, status } = spawnSync(process.execPath, [join(import.meta.dirname, 'licenses.ts')], { encoding: 'utf8' });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^MIT \(\d+\)\n(?: {2}.+\n)*? {2}keyv \d/mu);
    expect(stdout).toMatch(/^Apache-2\.0 \(\d+\)\n(?: {2}.+\n)*? {2}discord\.js \d/mu);
  });

  it('lists all of it as a bill of materials', () => {
    const { stdout, status } = spawnSync(process.execPath, [join(import.meta.dirname, 'sbom.ts')], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
    expect(status).toBe(0);
    const { bomFormat, components } = JSON.parse(stdout) as { bomFormat: string; components: readonly { name: string; version: string; purl: string; licenses?: readonly unknown[] }[] };
    expect(bomFormat).toBe('CycloneDX');
    const listed = components.map(({ name, version }) => `${name}@${version}`);
    expect(listed.toSorted()).toEqual([...new Set(shipped.map(({ name, version }) => `${name}@${version}`))].toSorted());
    // Its licence has no short name.
    expect(components.filter(({ licenses = [] }) => licenses.length === 0).map(({ name }) => name)).toEqual(['dejavu-fonts-ttf']);
  });
});
