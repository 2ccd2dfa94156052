import { closeSync, constants, fsyncSync, openSync, readFileSync, realpathSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { randomUUID } from 'node:crypto';

/** As dotenv reads it back: a value that holds what dotenv would cut off stands in quotes. */
const written = (name: string, value: string): string => {
  if (/^[\w.+/=:@,-]*$/u.test(value)) return `${name}=${value}`;
  const quote = ["'", '"', '`'].find((mark) => !value.includes(mark));
  if (quote === undefined) throw new TypeError(`${name} has all sorts of quotes in it`);
  return `${name}=${quote}${value}${quote}`;
};

/**
 * The text of a file of settings with these values, and everything else as it was: a line that sets a name is replaced where it
 * stands, else the first that has it commented out, and what has no line yet is added at the end.
 */
export const withSettings = (text: string, values: Readonly<Record<string, string>>): string => {
  const end = text.includes('\r\n') ? '\r\n' : '\n';
  const lines = text === '' ? [] : text.replace(/\r?\n$/u, '').split(/\r?\n/u);
  for (const [name, value] of Object.entries(values)) {
    const setting = new RegExp(`^\\s*(?:export\\s+)?${name}\\s*[=:]`, 'u');
    const at = lines.flatMap((line, index) => (setting.test(line) ? [index] : []));
    const commented = lines.findIndex((line) => line.startsWith(`#${name}=`));
    // Of several lines dotenv takes the last.
    const place = at.at(-1) ?? (commented === -1 ? lines.length : commented);
    lines[place] = written(name, value);
  }
  return `${lines.join(end)}${end}`;
};

const targetOf = (file: string): string => {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
};

/** What a file holds; undefined where there is none. @throws where it cannot be read */
export const readEnvFile = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
};

/** Writes a file that only its owner may read, in one go: whoever reads it meanwhile finds the old one, and no power cut half of it. */
export const writeEnvFile = (file: string, text: string): void => {
  const target = targetOf(file);
  const beside = join(dirname(target), `.env-${randomUUID()}`);
  try {
    const descriptor = openSync(beside, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600);
    try {
      writeSync(descriptor, text);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(beside, target);
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
};
