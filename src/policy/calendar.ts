/** A day or a month of the calendar. */
export interface Period {
  /** Its number, one more than that of the one before. */
  readonly of: number;
  /** When the next one begins, in milliseconds since the epoch. */
  readonly endsAt: number;
}

/** A point in time, as limits see it. */
export interface Moment {
  /** Whole seconds since the epoch, as Discord shows them. */
  readonly second: number;
  readonly day: Period;
  readonly month: Period;
}

/** @param ms since the epoch */
export type Calendar = (ms: number) => Moment;

const DAY_MS = 24 * 60 * 60 * 1000;
/** No day or month is longer, whatever clocks do, in milliseconds. */
const LONGEST = { day: 2 * DAY_MS, month: 33 * DAY_MS };

interface LocalDate {
  readonly day: number;
  readonly month: number;
}

const localDateIn = (timeZone: string): ((ms: number) => LocalDate) => {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, calendar: 'gregory', numberingSystem: 'latn', year: 'numeric', month: 'numeric', day: 'numeric' });
  return (ms) => {
    const parts = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
    const [year = 0, month = 1, day = 1] = [parts['year'], parts['month'], parts['day']];
    return { day: Math.round(Date.UTC(year, month - 1, day) / DAY_MS), month: year * 12 + month - 1 };
  };
};

/** The first whole second at which the date is another: clocks that are changed make a day an hour shorter or longer, and some do it at midnight. */
const endOf = (from: number, longest: number, isSame: (ms: number) => boolean): number => {
  let [before, after] = [Math.floor(from / 1000), Math.floor((from + longest) / 1000)];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (isSame(middle * 1000)) before = middle;
    else after = middle;
  }
  return after * 1000;
};

/** @param timeZone a name of the IANA's list; its days begin when its clocks show another date */
export const createCalendar = (timeZone = 'UTC'): Calendar => {
  let localDate: ReturnType<typeof localDateIn> | undefined;
  let known: { readonly from: number; readonly day: Period; readonly month: Period } | undefined;

  const utc = (ms: number): { readonly day: Period; readonly month: Period } => {
    const day = Math.floor(ms / DAY_MS);
    const date = new Date(ms);
    const month = date.getUTCFullYear() * 12 + date.getUTCMonth();
    return { day: { of: day, endsAt: (day + 1) * DAY_MS }, month: { of: month, endsAt: Date.UTC(Math.floor(month / 12), (month % 12) + 1) } };
  };
  const local = (ms: number): { readonly day: Period; readonly month: Period } => {
    const dateOf = (localDate ??= localDateIn(timeZone));
    const { day, month } = dateOf(ms);
    return {
      day: { of: day, endsAt: endOf(ms, LONGEST.day, (later) => dateOf(later).day === day) },
      month: { of: month, endsAt: endOf(ms, LONGEST.month, (later) => dateOf(later).month === month) },
    };
  };

  return (ms) => {
    // It is worked out once a day, and again where the clock was set back.
    if (known === undefined || ms < known.from || ms >= known.day.endsAt) known = { from: ms, ...(timeZone === 'UTC' ? utc(ms) : local(ms)) };
    const { day, month } = known;
    return { second: Math.floor(ms / 1000), day, month };
  };
};
