import { chmodSync, chownSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../../src/settings/config.ts';
import { loadEnvironment } from '../../src/settings/environment.ts';
import { whyUnreadable } from '../../src/settings/why-unreadable.ts';

const forbidden = Object.assign(new Error('no'), { code: 'EACCES' });
const uid = process.getuid?.() ?? 0;
const gid = process.getgid?.() ?? 0;
const isRoot = uid === 0;
/** Somebody whom a file of ours does not belong to. */
const other = { uid: uid + 1, groups: [gid + 1] };

const place = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-'));
  chmodSync(folder, 0o755);
  return folder;
};
const file = (mode: number, folder = place()): string => {
  const path = join(folder, 'secret');
  writeFileSync(path, 'x');
  chmodSync(path, mode);
  return path;
};

describe.skipIf(process.platform === 'win32')('a file that cannot be read', () => {
  it('of another user is told with owner, mode, the user we run as, and the cure', () => {
    expect(whyUnreadable(file(0o600), forbidden, other)).toBe(
      `cannot be read: it belongs to uid ${uid} (mode 0600), and Parley runs as uid ${other.uid}. ` +
        `Give it to that user (chown ${other.uid}; where it is mounted into a container, on the host)`,
    );
    expect(whyUnreadable(file(0o640), forbidden, other)).toContain('(mode 0640)');
  });

  it('of our own, which nobody may read', () => {
    expect(whyUnreadable(file(0o200), forbidden, { uid, groups: [gid] })).toMatch(/\(mode 0200\).*chmod u\+r/u);
  });

  it('in a folder that others may not enter, however far out', () => {
    const closed = place();
    const inner = join(closed, 'more');
    mkdirSync(inner);
    const path = file(0o644, inner);
    chmodSync(closed, 0o700);
    const says = whyUnreadable(path, forbidden, other);
    expect(says).toContain(`its folder ${closed} belongs to uid ${uid} (mode 0700), and Parley runs as uid ${other.uid}`);
    expect(says).toContain(`chown ${other.uid}`);
  });

  it('although its mode allows it', () => {
    expect(whyUnreadable(file(0o644), forbidden, other)).toMatch(/SELinux/u);
    expect(whyUnreadable(file(0o040), forbidden, { uid: other.uid, groups: [gid] })).toMatch(/SELinux/u);
  });

  it('that is gone, is a folder, or is something else', () => {
    expect(whyUnreadable('/nowhere/key', Object.assign(new Error('no'), { code: 'ENOENT' }))).toBe('is not there');
    expect(whyUnreadable('key', Object.assign(new Error('no'), { code: 'ENOENT' }))).toBe(`is not there: ${join(process.cwd(), 'key')} was looked for`);
    expect(whyUnreadable(place(), Object.assign(new Error('no'), { code: 'EISDIR' }))).toMatch(/is a folder/u);
    expect(whyUnreadable('/x', Object.assign(new Error('no'), { code: 'ELOOP' }))).toBe('cannot be read (ELOOP)');
    expect(whyUnreadable('/x', 'what is this')).toBe('cannot be read (error)');
    expect(whyUnreadable('/nowhere/key', forbidden, other)).toMatch(/change its owner or its mode/u);
  });
});

const SOMEBODY = 12_345;

/** What the settings say to somebody who is not root. */
const problemsForSomebody = (environment: Record<string, string>): readonly string[] => {
  process.setegid?.(SOMEBODY);
  process.seteuid?.(SOMEBODY);
  try {
    readConfig(environment);
    return [];
  } catch (error) {
    return error instanceof ConfigError ? error.problems : [String(error)];
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
  }
};

describe.skipIf(!isRoot)('a Parley that runs as another user than the owner of its files', () => {
  it('says for each of them what to do', () => {
    const [token, key, prompt, models] = [file(0o600), file(0o600), file(0o600), file(0o640)];
    chownSync(prompt, 54_321, 54_321);
    const problems = problemsForSomebody({
      DISCORD_TOKEN_FILE: token,
      AWS_BEARER_TOKEN_BEDROCK_FILE: key,
      SYSTEM_PROMPT_FILE: prompt,
      BEDROCK_MODELS_FILE: models,
    });
    const says = (name: string, path: string, owner: number, mode: string): string =>
      `${name}: the file ${path} cannot be read: it belongs to uid ${owner} (mode ${mode}), and Parley runs as uid ${SOMEBODY}. ` +
      `Give it to that user (chown ${SOMEBODY}; where it is mounted into a container, on the host)`;
    expect(problems.toSorted()).toEqual(
      [
        says('DISCORD_TOKEN_FILE', token, 0, '0600'),
        says('AWS_BEARER_TOKEN_BEDROCK_FILE', key, 0, '0600'),
        says('SYSTEM_PROMPT_FILE', prompt, 54_321, '0600'),
        says('BEDROCK_MODELS_FILE', models, 0, '0640'),
      ].toSorted(),
    );
    const programFolder = place();
    writeFileSync(join(programFolder, '.env'), 'DISCORD_TOKEN=x', { mode: 0o600 });
    process.seteuid?.(SOMEBODY);
    const { problem } = loadEnvironment({ env: {} }, { programFolder });
    process.seteuid?.(0);
    expect(problem).toMatch(/^The file .*\.env cannot be read: it belongs to uid 0 \(mode 0600\), and Parley runs as uid 12345\. .*\.$/u);
  });
});
