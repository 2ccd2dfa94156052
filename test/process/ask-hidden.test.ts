import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { Interrupted, askHidden, askYes } from '../../src/process/ask-hidden.ts';

const terminal = () => {
  const [input, output] = [new PassThrough(), new PassThrough()];
  let seen = '';
  output.on('data', (data: Buffer) => (seen += data.toString()));
  return { terminal: { input, output }, type: (words: string) => input.write(words), seen: () => seen };
};

it('shows nothing of what is typed', async () => {
  const { terminal: where, type, seen } = terminal();
  const asked = askHidden(where, 'Token: ');
  type(' hunter2 ');
  type('\r');
  expect(await asked).toBe('hunter2');
  expect(seen()).toBe('Token: \n');
});

it.each(['\u0003', '\u0004'])('is given up by %j', async (key) => {
  const { terminal: where, type } = terminal();
  const asked = askHidden(where, 'Token: ');
  type(key);
  await expect(asked).rejects.toBeInstanceOf(Interrupted);
});

it.each([
  ['y\r', true],
  ['YES\r', true],
  ['\r', false],
  ['no\r', false],
  ['yesterday\r', false],
])('takes %j for %s', async (words, isYes) => {
  const { terminal: where, type } = terminal();
  const asked = askYes(where, 'Replace it? ');
  type(words);
  expect(await asked).toBe(isYes);
});
