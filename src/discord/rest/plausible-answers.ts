import type { RESTOptions } from 'discord.js';
import type { TurnedAway } from './turned-away.ts';

type MakeRequest = RESTOptions['makeRequest'];
type RestResponse = Awaited<ReturnType<MakeRequest>>;

export interface OddLimit {
  readonly header: string;
  /** As it came, cut short. */
  readonly value: string;
}

export interface PlausibleAnswersOptions {
  /** Milliseconds that only go forward. */
  readonly monotonic: () => number;
  readonly onDate: (date: string | null, sentAt: number) => void;
  /** A header that makes no sense; told once for each header. */
  readonly onOddLimit: (odd: OddLimit) => void;
  readonly turnedAway: Pick<TurnedAway, 'heard' | 'passed'>;
}

/**
 * Seconds that Discord may reasonably mean: the longest known windows are those of a day. One that is longer would not only be
 * waited for: a timer of more than 24 days goes off at once, and the request again and again.
 * @see https://discord.com/developers/docs/topics/rate-limits
 */
const LONGEST_S = 24 * 60 * 60;
/** What is waited instead, in seconds: then Discord is asked again. */
const INSTEAD_S = 60;
/** The same where Discord limits a request and does not say for how long: discord.js would make it again at once, and again. */
const UNSAID_S = 5;

const BOUNDED = ['retry-after', 'x-ratelimit-reset-after', 'x-ratelimit-remaining', 'x-ratelimit-limit'] as const;
/** Counts may be large; what is no number at all is nothing. */
const isPlausible = (header: (typeof BOUNDED)[number], value: string): boolean => {
  const number = Number(value);
  if (value.trim() === '' || !Number.isFinite(number) || number < 0) return false;
  return header === 'x-ratelimit-remaining' || header === 'x-ratelimit-limit' || number <= LONGEST_S;
};

const isTime = (header: (typeof BOUNDED)[number]): boolean => header === 'retry-after' || header === 'x-ratelimit-reset-after';

const INSTEAD: Readonly<Record<(typeof BOUNDED)[number], string>> = {
  'retry-after': String(INSTEAD_S),
  'x-ratelimit-reset-after': String(INSTEAD_S),
  'x-ratelimit-remaining': '1',
  'x-ratelimit-limit': '1',
};

/** Where Discord refuses a request, and says once sensibly for how long, that is for how long. */
const insteadOf = (header: (typeof BOUNDED)[number], { status, headers }: RestResponse): string => {
  const other = header === 'x-ratelimit-reset-after' ? 'retry-after' : 'x-ratelimit-reset-after';
  const said = status === 429 && isTime(header) ? headers.get(other) : null;
  return said !== null && isPlausible(other, said) ? said : INSTEAD[header];
};

/** Those that stop requests altogether come from before Discord, and are pages for people. */
const isBlock = ({ status, headers }: RestResponse): boolean =>
  status === 429 && !(headers.get('content-type') ?? '').includes('json') && !headers.has('x-ratelimit-scope');

/** Lets only such answers of Discord pass on to discord.js as make sense: it believes every header, and waits for as long as it says. */
export const expectPlausibleAnswers =
  (makeRequest: MakeRequest, { monotonic, onDate, onOddLimit, turnedAway }: PlausibleAnswersOptions): MakeRequest => {
    const told = new Set<string>();
    return async (url, init) => {
      const sentAt = monotonic();
      const response = await makeRequest(url, init);
      const { headers } = response;
      onDate(headers.get('date'), sentAt);
      for (const header of BOUNDED) {
        const value = headers.get(header);
        if (value === null || isPlausible(header, value)) continue;
        headers.set(header, insteadOf(header, response));
        if (told.has(header)) continue;
        told.add(header);
        onOddLimit({ header, value: value.slice(0, 40) });
      }
      if (response.status === 429 && !headers.has('retry-after')) headers.set('retry-after', headers.get('x-ratelimit-reset-after') ?? String(UNSAID_S));
      if (isBlock(response)) turnedAway.heard(Number(headers.get('retry-after')) * 1_000);
      else turnedAway.passed();
      return response;
    };
  };
