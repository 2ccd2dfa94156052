import { EventEmitter } from 'node:events';
import { GatewayDispatchEvents, SnowflakeUtil } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { createGatewayCursor } from '../../src/discord/gateway/gateway-cursor.ts';
import type { Client } from 'discord.js';
import type { Log } from '../../src/log/log.ts';

const NOON = Date.UTC(2026, 10, 29, 12);
const idAt = (at: number): bigint => SnowflakeUtil.generate({ timestamp: at, increment: 0n, processId: 0n, workerId: 0n });

const createNotebook = () => {
  const texts = new Map<string, string>();
  return {
    set: async (key: string, text: string) => void texts.set(key, text),
    get: async (key: string) => texts.get(key),
    async *entries(prefix: string) {
      for (const entry of texts) if (entry[0].startsWith(prefix)) yield entry;
    },
  };
};

describe('how far a process has listened', () => {
  it.each([-2_500, -600, 0, 600, 2_500])('from its first second on, the next one looks for what was said then, although its clock was %i ms beside that of Discord', async (aheadMs) => {
    const notebook = createNotebook();
    const start = async (now: () => number) => {
      const ws = new EventEmitter();
      const cursor = createGatewayCursor({ ws, options: { shardCount: 1 } } as unknown as Client, notebook, {} as Log, now);
      await cursor.open();
      ws.emit(GatewayDispatchEvents.Ready, {}, 0);
      return cursor;
    };
    const first = await start(() => NOON + aheadMs);
    expect(first.gap(0)).toBeUndefined();
    await first.close();
    const next = await start(() => NOON + 60_000);
    const gap = BigInt(next.gap(0) ?? 0);
    expect(gap).toBeLessThan(idAt(NOON + 100));
    // What was said before there was a bot is nobody's question.
    expect(gap).toBeGreaterThan(idAt(NOON - 10_000));
    await next.close();
  });

  it('and who wrote directly while it ended, is known by the next one', async () => {
    const notebook = createNotebook();
    const ws = new EventEmitter();
    const cursor = createGatewayCursor({ ws, options: { shardCount: 1 } } as unknown as Client, notebook, {} as Log, () => NOON);
    ws.emit(GatewayDispatchEvents.Ready, {}, 0);
    await cursor.close();
    ws.emit(GatewayDispatchEvents.MessageCreate, { id: String(idAt(NOON)), channel_id: '7' }, 0);
    expect(await cursor.directChannels()).toEqual(['7']);
  });

  it('is no further than to the first message that nobody has yet', async () => {
    const notebook = createNotebook();
    const ws = new EventEmitter();
    const waiting: { id: string | undefined } = { id: String(idAt(NOON + 1_000)) };
    const cursor = createGatewayCursor({ ws, options: { shardCount: 1 } } as unknown as Client, notebook, {} as Log, () => NOON, () => waiting.id);
    ws.emit(GatewayDispatchEvents.Ready, {}, 0);
    cursor.filled(0);
    ws.emit(GatewayDispatchEvents.MessageCreate, { id: String(idAt(NOON + 300_000)), guild_id: '1', channel_id: '7' }, 0);
    await cursor.leave(0);
    expect(await notebook.get('listened:0/1')).toBe(waiting.id);
    waiting.id = undefined;
    ws.emit(GatewayDispatchEvents.MessageCreate, { id: String(idAt(NOON + 300_000)), guild_id: '1', channel_id: '7' }, 0);
    await cursor.close();
    expect(await notebook.get('listened:0/1')).toBe(String(idAt(NOON + 300_000)));
  });
});
