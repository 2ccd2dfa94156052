import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createBusySign } from '../../../src/discord/reply/busy-sign.ts';
import { createDiscordApi } from '../../../src/discord/rest/discord-api.ts';
import type { ReplyTarget } from '../../../src/discord/reply/reply-target.ts';
import type { DiscordRequests, RestResponse } from '../../../src/discord/rest/discord-requests.ts';

const turn = { isOpen: () => true, go: () => true, arrived: () => undefined, giveBack: () => undefined };

/** An API whose requests are answered by hand. */
const begin = () => {
  const answers: (() => void)[] = [];
  const requests: DiscordRequests = {
    send: () => new Promise((resolve) => answers.push(() => resolve(new Response(undefined, { status: 204 }) as unknown as RestResponse))),
    turnIfIdle: () => turn,
  };
  return { answers, api: createDiscordApi(requests, { forsake: () => undefined }) };
};

describe('signs of typing', () => {
  it('are few at a time, and more follow those that have arrived', async () => {
    const { api, answers } = begin();
    const sent = Array.from({ length: 5 }, (_, index) => api.sendTyping(String(index)));
    await expect(Promise.all(sent.slice(3))).resolves.toEqual([false, false]);
    expect(answers).toHaveLength(3);
    answers[0]?.();
    await expect(sent[0]).resolves.toBe(true);
    const next = api.sendTyping('5');
    expect(answers).toHaveLength(4);
    for (const answer of answers) answer();
    await expect(next).resolves.toBe(true);
  });
});

describe('a busy sign', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const place = (shown: readonly boolean[]) => {
    const at: number[] = [];
    const showBusy = async (): Promise<boolean> => shown[at.push(Date.now()) - 1] ?? true;
    return { at, target: { showBusy, busyEveryMs: 8_500 } as unknown as ReplyTarget };
  };

  it('is tried again soon where others went first, and repeated where it was shown', async () => {
    const { at, target } = place([false, false, true]);
    const start = Date.now();
    const sign = createBusySign(target);
    sign.start(350);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(at.map((time) => time - start)).toEqual([350, 850, 1_350, 9_850]);
    sign.stop();
  });

  it('is not tried again when there is something to read', async () => {
    const { at, target } = place([false]);
    const sign = createBusySign(target);
    sign.start(350);
    await vi.advanceTimersByTimeAsync(400);
    sign.stop();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(at).toHaveLength(1);
  });
});
