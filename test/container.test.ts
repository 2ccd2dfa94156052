import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseCommandLine } from '../src/process/command-line.ts';
import { SETTING_NAMES, readConfig } from '../src/settings/config.ts';

const ROOT = join(import.meta.dirname, '..');
const read = (name: string): string => readFileSync(join(ROOT, name), 'utf8');

/** The Dockerfile's instructions, one line each, without remarks. */
const instructions = read('Dockerfile')
  .replace(/^#.*\n/gmu, '')
  .replace(/\\\n\s*/gu, '')
  .split('\n')
  .filter((line) => line !== '');
const the = (word: string): readonly string[] => instructions.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));
const variables = Object.fromEntries(
  the('ENV')
    .flatMap((line) => line.trim().split(/\s+/u))
    .map((pair) => pair.split(/=(.*)/su) as [string, string]),
);
const [entrypoint = ''] = the('ENTRYPOINT');
const [healthcheck = ''] = the('HEALTHCHECK');
const compose = read('compose.yaml').replace(/^\s*#.*\n/gmu, '');
interface Service {
  readonly profiles?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly deploy?: { readonly replicas: number };
  readonly [key: string]: unknown;
}
const { services } = parse(compose, { merge: true }) as { readonly services: Readonly<Record<string, Service>> };
/** As they are where nothing is set outside. */
const withDefaults = (environment: Readonly<Record<string, string>> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, value.replaceAll(/\$\{\w+:-([^}]*)\}/gu, '$1')]));
const composeVariables = withDefaults(services['parley']?.environment);
/** Files and folders that `.dockerignore` lets in. */
const letIn = read('.dockerignore').match(/(?<=^!).+$/gmu)?.map((line) => line.replace('/**', '')) ?? [];
const copied = the('COPY').filter((line) => !line.startsWith('--from')).flatMap((line) => line.split(/\s+/u).slice(0, -1));
const runs = the('RUN');
const building = runs.find((line) => line.includes('src/start.js')) ?? '';
const README = read('README.md');

describe('the container', () => {
  it('gets all that it copies, and nothing that is not in the repository', () => {
    expect([...new Set(copied)].toSorted()).toEqual(letIn.toSorted());
    const { stdout } = spawnSync('git', ['ls-files', '--', ...copied], { cwd: ROOT, encoding: 'utf8' });
    for (const name of copied) {
      expect(existsSync(join(ROOT, name)), name).toBe(true);
      // In a clone without git, nobody knows.
      if (stdout !== '') expect(stdout).toMatch(new RegExp(`^${name.replace('.', '\\.')}(?:/|$)`, 'mu'));
    }
  });

  it('runs on the Node that the scripts run on', () => {
    const { devDependencies, engines } = JSON.parse(read('package.json')) as { devDependencies: { node: string }; engines: { node: string } };
    const [, major] = /^node:(\d+)-slim/u.exec(the('FROM')[0] ?? '') ?? [];
    expect(new Set(the('FROM').map((line) => line.split(' ')[0]))).toEqual(new Set([`node:${major}-slim`]));
    expect(devDependencies.node).toMatch(new RegExp(`^\\^${major}\\.`, 'u'));
    expect(engines.node).toBe(`>=${major}`);
  });

  it('is set by settings that there are, and keeps its store in its volume', () => {
    const ours = Object.keys({ ...variables, ...composeVariables }).filter((name) => !/^(?:NODE|MALLOC)_/u.test(name));
    expect(ours.filter((name) => !SETTING_NAMES.includes(name))).toEqual([]);
    const secrets = { DISCORD_TOKEN: 'a.discord.token', AWS_BEARER_TOKEN_BEDROCK: 'ABSKsomething' };
    const config = readConfig({ ...secrets, ...variables, AWS_REGION: composeVariables['AWS_REGION'] });
    expect(dirname(config.store.url.slice('sqlite://'.length))).toBe(the('VOLUME')[0]);
    expect(services['parley']?.volumes).toContain(`parley-data:${the('VOLUME')[0]}`);
    // For who is inside alone.
    expect(config.http?.host).toBe('127.0.0.1');
  });

  it('asks by itself how it is', () => {
    const [, options = '', words = '[]'] = /^(.*) CMD (\[.+\])$/u.exec(healthcheck) ?? [];
    const [program, main, ...rest] = JSON.parse(words) as string[];
    expect([program, main]).toEqual(JSON.parse(entrypoint));
    expect(parseCommandLine(rest)).toMatchObject({ does: 'health' });
    const seconds = Object.fromEntries([...options.matchAll(/--([a-z-]+)=(\d+)s/gu)].map(([, name = '', value]) => [name, Number(value)]));
    // Who asks waits three seconds; a start has time for Discord to answer.
    expect(seconds).toEqual({ interval: 15, timeout: 5, 'start-period': 60 });
    expect(services['parley']).not.toHaveProperty('healthcheck');
  });

  it('compiles as the user who runs it', () => {
    const [user] = instructions.flatMap((line, index) => (line === 'USER node' ? [index] : []));
    expect(instructions.indexOf(`RUN ${building}`)).toBeGreaterThan(user ?? Infinity);
  });

  it.skipIf(process.platform === 'win32')('builds: the steps behind `npm ci`, in a folder with nothing but what is copied, and is smaller than 60 MB', async () => {
    const app = mkdtempSync(join(tmpdir(), 'parley-image-'));
    for (const name of the('COPY').filter((line) => !/--from|lock/u.test(line)).flatMap((line) => line.split(' ').slice(0, -1))) {
      cpSync(join(ROOT, name), join(app, name), { recursive: true, filter: (path) => !path.endsWith('.md') });
    }
    // What `npm ci --omit=dev` installs.
    const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, { dev?: boolean; devOptional?: boolean }> };
    const installed = Object.entries(packages).flatMap(([path, { dev, devOptional }]) => (path !== '' && dev !== true && devOptional !== true && existsSync(join(ROOT, path)) ? [path] : []));
    for (const path of installed) {
      cpSync(join(ROOT, path), join(app, path), { recursive: true, filter: (from) => !from.slice(join(ROOT, path).length).startsWith('/node_modules') });
    }
    const run = async (script: string, environment: NodeJS.ProcessEnv): Promise<void> => {
      const child = spawn('/bin/sh', ['-c', script], { cwd: app, env: { ...environment, PATH: `${dirname(process.execPath)}:${process.env['PATH']}` } });
      let output = '';
      child.stderr.on('data', (data: Buffer) => (output += data.toString()));
      const [exitCode] = (await once(child, 'close')) as [number];
      expect([exitCode, output]).toEqual([0, '']);
    };
    await run(runs.find((line) => line.startsWith('cd node_modules')) ?? '', {});
    const cache = join(app, '.compile-cache');
    mkdirSync(cache);
    await run(building.replaceAll('/app/', `${app}/`), { ...variables, NODE_COMPILE_CACHE: cache });
    // One folder for one user; an entry for each file of ours at least.
    const [ofUser = ''] = readdirSync(cache);
    const ours = readdirSync(join(app, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
    expect(readdirSync(join(cache, ofUser)).length).toBeGreaterThan(ours.length);
    const sizes = readdirSync(app, { recursive: true, encoding: 'utf8' }).map((name) => lstatSync(join(app, name)));
    expect(sizes.reduce((bytes, entry) => bytes + (entry.isFile() ? entry.size : 0), 0)).toBeLessThan(60_000_000);
    // What is asked for by a name that is made up at run time.
    for (const name of ['echarts/dist/echarts.common.min.js', 'dejavu-fonts-ttf/ttf/DejaVuSans.ttf']) expect(existsSync(join(app, 'node_modules', name)), name).toBe(true);
    rmSync(app, { recursive: true });
  });

  it('has no program that installs others', () => {
    const removed = runs.find((line) => line.startsWith('rm -rf /usr/local/lib/node_modules')) ?? '';
    for (const name of ['npm', 'npx', 'corepack', 'yarn*']) expect(removed).toContain(`/usr/local/bin/${name}`);
    expect(instructions.indexOf(`RUN ${removed}`)).toBeLessThan(instructions.indexOf('USER node'));
  });
});

describe('compose.yaml', () => {
  it('reads the secrets from the folder that it mounts', () => {
    const [, folder = '-'] = /^\.\/secrets:(\/[\w/]+):ro$/u.exec(services['parley']?.volumes?.at(-1) ?? '') ?? [];
    const files = Object.entries(composeVariables).filter(([name]) => name.endsWith('_FILE'));
    expect(files.map(([name]) => name).toSorted()).toEqual(['AWS_BEARER_TOKEN_BEDROCK_FILE', 'DISCORD_TOKEN_FILE']);
    for (const [, path] of files) expect(dirname(path)).toBe(folder);
  });

  it.each(Object.entries(services).filter(([name]) => name !== 'db'))('gives answers of %s the time that they may take to end, takes all rights, and bounds the log', (_name, service) => {
    expect(service).toMatchObject({
      stop_grace_period: '30s',
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      logging: { options: { 'max-size': expect.stringMatching(/^\d+m$/u), 'max-file': expect.stringMatching(/^\d+$/u) } },
    });
  });

  it('divides the servers among three bots on PostgreSQL, where it is asked to', () => {
    const scaled = Object.entries(services).filter(([, { profiles = [] }]) => profiles.includes('scale'));
    expect(scaled.map(([name]) => name)).toEqual(['bots', 'db']);
    expect(services['parley']?.profiles).toBeUndefined();
    const { environment, volumes, depends_on, deploy: { replicas } = { replicas: 1 } } = services['bots'] ?? {};
    expect(volumes).toEqual(['./secrets:/run/parley:ro']);
    expect(depends_on).toEqual({ db: { condition: 'service_healthy' } });
    const { DISCORD_TOKEN_FILE: _token, AWS_BEARER_TOKEN_BEDROCK_FILE: _key, ...rest } = withDefaults(environment);
    expect(Object.keys(rest).filter((name) => !SETTING_NAMES.includes(name))).toEqual([]);
    const { discord, store } = readConfig({ DISCORD_TOKEN: 'a.discord.token', AWS_BEARER_TOKEN_BEDROCK: 'ABSKsomething', ...rest });
    // A part for each, which they divide by themselves.
    expect([replicas, discord.shards]).toEqual([3, { shardCount: 3, shardIds: undefined }]);
    const { environment: ofDatabase = {} } = services['db'] ?? {};
    expect(URL.parse(store.url)).toMatchObject({ hostname: 'db', username: ofDatabase['POSTGRES_USER'], pathname: `/${ofDatabase['POSTGRES_DB']}` });
  });
});

describe("the README's docker run", () => {
  const commands = README.replace(/ \\\n[ #]*/gu, ' ').match(/docker run .+$/gmu) ?? [];

  it('does what compose.yaml does', () => {
    const run = commands.find((command) => / -d /u.test(command)) ?? '';
    for (const word of ['--read-only', '--stop-timeout 30', '-v parley-data:/data', '--restart unless-stopped', '--log-driver json-file', '--log-opt max-size=10m', '--log-opt max-file=3']) {
      expect(run).toContain(` ${word} `);
    }
  });

  it('shows the doctor the same volume and the same region', () => {
    const doctor = commands.find((command) => command.endsWith(' doctor')) ?? '';
    for (const word of ['-v parley-data:/data', '-e DISCORD_TOKEN', '-e AWS_BEARER_TOKEN_BEDROCK', '-e AWS_REGION']) expect(doctor).toContain(` ${word} `);
  });
});
