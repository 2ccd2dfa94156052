import { describe, expect, it } from 'vitest';
import { NO_SETTINGS, storedAt, withChange } from '../../src/policy/server-settings.ts';
import type { ServerSettings, SettingPlace } from '../../src/policy/server-settings.ts';

const SERVER: SettingPlace = { level: 'server' };
const CHANNEL: SettingPlace = { level: 'channel', id: '1' };
const CATEGORY: SettingPlace = { level: 'category', id: '1' };

const after = (...changes: readonly (readonly [SettingPlace, string, string | undefined])[]): ServerSettings =>
  changes.reduce((settings: ServerSettings, [place, key, value]) => withChange(settings, { place, key, value }), NO_SETTINGS);

describe('a change of settings', () => {
  it.each([SERVER, CATEGORY, CHANNEL])('stands at its place alone: %j', (place) => {
    const settings = after([place, 'persona', 'Be short.']);
    expect([SERVER, CATEGORY, CHANNEL].filter((one) => 'persona' in storedAt(settings, one))).toEqual([place]);
    expect(storedAt(settings, place)).toEqual({ persona: 'Be short.' });
  });

  it('leaves all others as they are, at its place and elsewhere', () => {
    const settings = after([CHANNEL, 'persona', 'a'], [CHANNEL, 'footer', 'model'], [{ level: 'channel', id: '2' }, 'persona', 'b'], [CHANNEL, 'persona', 'c']);
    expect(settings).toEqual({ ...NO_SETTINGS, channels: { 1: { persona: 'c', footer: 'model' }, 2: { persona: 'b' } } });
  });

  it('takes a value back, and with the last one its place', () => {
    expect(after([CHANNEL, 'persona', 'a'], [CHANNEL, 'footer', 'model'], [CHANNEL, 'persona', undefined]).channels).toEqual({ 1: { footer: 'model' } });
    expect(after([CHANNEL, 'persona', 'a'], [CHANNEL, 'persona', undefined])).toEqual(NO_SETTINGS);
    expect(after([SERVER, 'persona', 'a'], [SERVER, 'persona', undefined])).toEqual(NO_SETTINGS);
  });
});
