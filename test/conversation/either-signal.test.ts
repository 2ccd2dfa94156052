import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { eitherSignal } from '../../src/conversation/either-signal.ts';

const two = () => [new AbortController(), new AbortController()] as const;

it.each([0, 1] as const)('aborts with the reason of the one that does first (%i)', (index) => {
  const both = two();
  using either = eitherSignal(both[0].signal, both[1].signal);
  expect(either.signal.aborted).toBe(false);
  both[index].abort('this one');
  both[1 - index]?.abort('the other');
  expect(either.signal.reason).toBe('this one');
});

it.each([0, 1] as const)('is aborted where one of them is already (%i)', (index) => {
  const both = two();
  both[index].abort('long ago');
  using either = eitherSignal(both[0].signal, both[1].signal);
  expect(either.signal.reason).toBe('long ago');
});

it('leaves nothing on either of them behind its end, and does not abort any more', () => {
  const [one, other] = two();
  const either = eitherSignal(one.signal, other.signal);
  either[Symbol.dispose]();
  expect([one, other].map(({ signal }) => getEventListeners(signal, 'abort'))).toEqual([[], []]);
  one.abort();
  expect(either.signal.aborted).toBe(false);
});
