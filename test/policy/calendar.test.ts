import { describe, expect, it } from 'vitest';
import { createCalendar } from '../../src/policy/calendar.ts';

const HOUR = 3_600_000;
const length = (zone: string, at: number): number => {
  const momentAt = createCalendar(zone);
  const before = momentAt(at).day.endsAt;
  return (momentAt(before).day.endsAt - before) / HOUR;
};

describe('days and months', () => {
  it('are those of UTC, whatever the clocks of the machine show', () => {
    const momentAt = createCalendar();
    const last = Date.UTC(2026, 11, 31, 23, 59, 59, 999);
    expect(momentAt(last)).toEqual({ second: Math.floor(last / 1000), day: { of: 20_818, endsAt: Date.UTC(2027, 0, 1) }, month: { of: 2026 * 12 + 11, endsAt: Date.UTC(2027, 0, 1) } });
    expect(momentAt(last + 1)).toMatchObject({ day: { of: 20_819 }, month: { of: 2027 * 12, endsAt: Date.UTC(2027, 1, 1) } });
  });

  it('find a day again when the clock is set back over midnight', () => {
    const momentAt = createCalendar();
    const midnight = Date.UTC(2026, 2, 1);
    const days = [midnight - 1, midnight, midnight - 1, midnight + 1].map((at) => momentAt(at).day.of);
    expect(days).toEqual([days[0], (days[0] ?? 0) + 1, days[0], (days[0] ?? 0) + 1]);
    expect(momentAt(midnight - 1).month).toEqual({ of: 2026 * 12 + 1, endsAt: midnight });
  });

  it.each(['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Pacific/Apia'])('say the same as the clocks of %s, whenever they are asked', (zone) => {
    const momentAt = createCalendar(zone);
    const date = new Intl.DateTimeFormat('sv-SE', { timeZone: zone });
    for (let at = Date.UTC(2026, 0, 1); at < Date.UTC(2027, 0, 1); at += 17.3 * HOUR) {
      const { day, month } = createCalendar(zone)(at);
      expect(momentAt(at).day).toEqual(day);
      expect(new Date(day.of * 24 * HOUR).toISOString().slice(0, 10)).toBe(date.format(at));
      expect([date.format(day.endsAt - 1), date.format(day.endsAt)]).toEqual([date.format(at), new Date((day.of + 1) * 24 * HOUR).toISOString().slice(0, 10)]);
      expect([date.format(month.endsAt - 1).slice(0, 7), date.format(month.endsAt).slice(8)]).toEqual([date.format(at).slice(0, 7), '01']);
    }
  });

  it('are an hour shorter or longer where clocks are changed', () => {
    expect(length('Europe/Berlin', Date.UTC(2026, 2, 28, 12))).toBe(23);
    expect(length('Europe/Berlin', Date.UTC(2026, 9, 24, 12))).toBe(25);
    expect(length('UTC', Date.UTC(2026, 2, 28, 12))).toBe(24);
    // There a day begins at one o'clock.
    expect(length('Africa/Cairo', Date.UTC(2026, 3, 23, 12))).toBe(23);
  });

  it('do not become others in the hour that comes twice', () => {
    const momentAt = createCalendar('America/New_York');
    const twice = Date.UTC(2026, 10, 1, 5, 30);
    expect(momentAt(twice).day).toEqual(momentAt(twice + HOUR).day);
  });
});
