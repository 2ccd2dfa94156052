import { parse } from 'dotenv';
import fc from 'fast-check';
import { mkdirSync, readFileSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freshFolder } from '../parley-process.ts';
import { property } from '../property.ts';
import { readEnvFile, withSettings, writeEnvFile } from '../../src/settings/env-file.ts';

describe('a file of settings', () => {
  it('keeps every other line and remark, and sets each name where it stands', () => {
    const text = '# mine\nDISCORD_TOKEN=old\n\nexport LOG_LEVEL=debug # loud\n#AWS_REGION=us-east-1\n';
    expect(withSettings(text, { DISCORD_TOKEN: 'new', AWS_REGION: 'eu-west-1', BEDROCK_MODEL_ID: 'a.model-v1:0' })).toBe(
      '# mine\nDISCORD_TOKEN=new\n\nexport LOG_LEVEL=debug # loud\nAWS_REGION=eu-west-1\nBEDROCK_MODEL_ID=a.model-v1:0\n',
    );
    expect(withSettings('', { A: 'b' })).toBe('A=b\n');
    expect(withSettings('X=1\r\nY=2', { X: '3' })).toBe('X=3\r\nY=2\r\n');
    // dotenv takes the last of several.
    expect(parse(withSettings('A=1\nB=2\nA=3\n', { A: '4' }))).toEqual({ A: '4', B: '2' });
  });

  it('is read back as it was meant, and says of all else what it said', () => {
    property(fc.string({ unit: fc.constantFrom(...'ab#\'"$\\=+/: -_.`!'), minLength: 1, maxLength: 20 }).map((value) => value.trim()).filter((value) => !(value.includes("'") && value.includes('"') && value.includes('`'))), (value) => {
      // Escapes are for double quotes alone, which stand only around what has a single one.
      fc.pre(!(value.includes("'") && value.includes('\\')));
      expect(parse(withSettings('BEFORE=1\nSECRET=old\nAFTER="a b"\n', { SECRET: value }))).toEqual({ BEFORE: '1', SECRET: value, AFTER: 'a b' });
    });
  });

  it.skipIf(process.platform === 'win32')('is for its owner alone, whatever it was before, and stays where a link leads to', () => {
    const folder = freshFolder();
    mkdirSync(join(folder, 'real'));
    const real = join(folder, 'real', 'env');
    writeFileSync(real, 'A=1\n', { mode: 0o644 });
    symlinkSync(real, join(folder, '.env'));
    writeEnvFile(join(folder, '.env'), 'A=2\n');
    expect([readFileSync(real, 'utf8'), (statSync(real).mode & 0o777).toString(8)]).toEqual(['A=2\n', '600']);
    writeEnvFile(join(folder, 'new.env'), 'B=1\n');
    expect((statSync(join(folder, 'new.env')).mode & 0o777).toString(8)).toBe('600');
    expect(readdirSync(folder).toSorted()).toEqual(['.env', 'new.env', 'real']);
    expect(readEnvFile(join(folder, 'none'))).toBeUndefined();
    expect(() => writeEnvFile(join(folder, 'no-folder', '.env'), '')).toThrow(/ENOENT/u);
  });
});
