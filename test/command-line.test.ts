import { describe, expect, it } from 'vitest';
import { parseCommandLine } from '../src/command-line.ts';

describe('the command line', () => {
  it('runs the bot when it says nothing, and the doctor when asked', () => {
    expect(parseCommandLine([])).toEqual({ does: 'run', isJson: false, envFile: undefined });
    expect(parseCommandLine(['--env-file', 'two.env'])).toMatchObject({ does: 'run', envFile: 'two.env' });
    expect(parseCommandLine(['health', '--env-file', 'two.env'])).toMatchObject({ does: 'health', envFile: 'two.env' });
    expect(parseCommandLine(['doctor', '--json', '--env-file=two.env'])).toEqual({ does: 'doctor', isJson: true, envFile: 'two.env' });
  });

  it.each([[['--help']], [['-h']], [['doctor', '--help']]])('explains itself for %j', (words) => {
    const { exitCode, text } = parseCommandLine(words) as { exitCode: number; text: string };
    expect(exitCode).toBe(0);
    expect(text).toContain('npm run doctor');
  });

  it('tells its version', () => {
    expect(parseCommandLine(['--version'])).toMatchObject({ does: 'say', exitCode: 0, text: expect.stringMatching(/^\d+\.\d+\.\d+\n$/u) });
  });

  it.each([
    [['start'], '"start"'],
    [['doctor', 'now'], '"now"'],
    [['health', 'now'], '"now"'],
    [['health', '--json'], '--json'],
    [['--jason'], '--jason'],
    [['doctor', '--jason'], '--jason'],
    [['--json'], '--json'],
    [['--env-file'], '--env-file'],
    [['-x'], '-x'],
    [['--help=yes'], '--help'],
  ])('does not start for %j, and names what it does not understand', (words, named) => {
    const { exitCode, text } = parseCommandLine(words) as { exitCode: number; text: string };
    expect(exitCode).toBe(64);
    expect(text.split('\n')[0]).toContain(named);
    expect(text).toMatch(/^[^\n]+ Try --help\.\n$/u);
  });
});

describe('the command line of a backup', () => {
  it('names one file', () => {
    expect(parseCommandLine(['backup', 'copy.sqlite', '--env-file', 'two.env'])).toEqual({ does: 'backup', target: 'copy.sqlite', envFile: 'two.env' });
    expect(parseCommandLine(['backup', '--', '-odd.sqlite'])).toMatchObject({ does: 'backup', target: '-odd.sqlite' });
  });

  it.each([
    [['backup'], 'name of a file'],
    [['backup', ''], 'name of a file'],
    [['backup', 'one', 'two'], '"two"'],
    [['backup', 'one', '--json'], '--json'],
  ])('is not understood as %j', (words, named) => {
    expect(parseCommandLine(words)).toMatchObject({ does: 'say', exitCode: 64, text: expect.stringContaining(named) });
  });
});
