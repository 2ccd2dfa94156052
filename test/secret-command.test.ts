import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createSecretCommand } from '../src/secret-command.ts';
import { TEST_KEY, shortTermKey } from './simulators/bedrock.ts';

const problemOf = (value: string): string | undefined => (/^(?:ABSK|yes)[\x21-\x7E]+$/u.test(value) ? undefined : 'it is no key');

const make = (command: string, timeoutMs?: number) =>
  createSecretCommand({ command, environment: { PATH: process.env['PATH'] }, problemOf, ...(timeoutMs === undefined ? {} : { timeoutMs }) });

const failureOf = async (command: string, timeoutMs?: number): Promise<string> => {
  try {
    await make(command, timeoutMs).run();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return 'it did not fail';
};

describe("a secret's command", () => {
  it('is a line for the shell, and what it prints is the secret', async () => {
    const command = make(`printf '%s\\n' key | sed s/key/ABSKone/`);
    expect(command.read()).toBe('');
    expect(await command.run()).toBe('ABSKone');
    expect(command.read()).toBe('ABSKone');
  });

  it('is run once for all who ask at the same time, and anew for who asks later', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'parley-')), 'runs');
    const command = make(`echo run >> '${path}'; sleep 0.2; echo ABSKone`);
    expect(await Promise.all([command.run(), command.run(), command.run()])).toEqual(['ABSKone', 'ABSKone', 'ABSKone']);
    expect(readFileSync(path, 'utf8')).toBe('run\n');
    await command.run();
    expect(readFileSync(path, 'utf8')).toBe('run\nrun\n');
  });

  it.each([
    ['fails', 'echo ABSKsecret; echo ABSKsecret >&2; exit 3', /exit code 3/u],
    ['is not there', 'no-such-program-anywhere', /exit code 127/u],
    ['prints nothing', 'true', /no key/u],
    ['prints more than a key', 'echo "the key is ABSKsecret"', /no key/u],
    ['prints without end', 'yes ABSKsecret', /far more/u],
  ])('that %s tells why, and nothing of what it printed', async (_what, command, told) => {
    const failure = await failureOf(command);
    expect(failure).toMatch(told);
    expect(failure).not.toContain('ABSKsecret');
  });

  it.each([
    ['its own words', 'echo "An error occurred (ExpiredToken) when calling the AssumeRole operation" >&2; exit 254', 'it ended with exit code 254; it said: An error occurred (ExpiredToken) when calling the AssumeRole operation'],
    ['its words in one line', String.raw`printf 'one\n\t\033[31mtwo\033[0m\n' >&2; exit 1`, 'it ended with exit code 1; it said: one two'],
    ['nothing where it said nothing', 'exit 9', 'it ended with exit code 9'],
    ['the end of what is long', 'seq 1 5000 >&2; echo the reason >&2; exit 1', /^it ended with exit code 1; it said: ….{0,290} 5000 the reason$/u],
    ['why it printed nothing', 'echo "no role yet" >&2', 'it is no key; it said: no role yet'],
    ['what it said before it took too long', 'echo waiting for the role >&2; sleep 60', 'it took longer than 1.5 s; it said: waiting for the role'],
  ])('shows %s', async (_what, command, told) => {
    const failure = await failureOf(command, 1_500);
    if (typeof told === 'string') expect(failure).toBe(told);
    else expect(failure).toMatch(told);
  });

  it('never shows what may be a secret', async () => {
    const secrets = ['ABSKshort', 'AKIAIOSFODNN7EXAMPLE', 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY1', 'bedrock-api-key-abc', 'printedsecret', TEST_KEY, shortTermKey()];
    const failure = await failureOf(`echo printedsecret; echo '${secrets.join(' and ')} end' >&2; exit 1`);
    for (const secret of secrets) expect(failure).not.toContain(secret);
    expect(failure).toMatch(/it said: .*\[redacted\].* end$/u);
  });

  it.each([
    ['exit 1', false],
    ['exit 126', true],
    ['no-such-program-anywhere', true],
    ['echo not a key', true],
    ['false | cat', false],
    ['echo null', false],
    ['echo None', false],
    ["echo '{}'", false],
    [`echo '{"errors":["Vault is sealed"]}'`, false],
    ["echo '<html><body>503 Service Unavailable</body></html>'", false],
    [`echo '{"key":"ABSKabc def"}'`, true],
    ["echo 'usage: vault <command>'", true],
    ['sleep 60', false],
    ['kill -9 $$', false],
  ])('tells whether running it again can help: %s', async (command, isLasting) => {
    await expect(make(command, 500).run()).rejects.toMatchObject({ name: 'SecretCommandError', isLasting });
  });

  it.each([
    ['null', 'it printed null instead of a key'],
    ['None', 'it printed None instead of a key'],
    ['{"errors":["sealed"]}', 'it printed an answer of a service (JSON, or a page) instead of a key'],
    ['<html></html>', 'it printed an answer of a service (JSON, or a page) instead of a key'],
  ])('never takes %s for the secret, whatever one may look like', async (printed, told) => {
    const command = createSecretCommand({ command: `echo '${printed}'`, environment: { PATH: process.env['PATH'] }, problemOf: () => undefined });
    await expect(command.run()).rejects.toMatchObject({ message: told, isLasting: false });
    expect(command.read()).toBe('');
  });

  it('is ended with all that it started when it takes too long', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'parley-')), 'late');
    expect(await failureOf(`(sleep 1; touch '${path}') & sleep 60`, 100)).toMatch(/longer than 0.1 s/u);
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(existsSync(path)).toBe(false);
  });

  it('keeps the last good secret when a later run fails', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'parley-'));
    const command = make(`test ! -e '${folder}/used' && touch '${folder}/used' && echo ABSKone`);
    await command.run();
    await expect(command.run()).rejects.toThrow('exit code 1');
    expect(command.read()).toBe('ABSKone');
  });

  it('sees the environment that it is given and no other', async () => {
    const command = createSecretCommand({ command: 'echo "$GIVEN-$HOME"', environment: { GIVEN: 'yes' }, problemOf });
    expect(await command.run()).toBe('yes-');
  });
});
