import { expect, test } from 'vitest';
import { readAnswer } from '../../src/bedrock/converse-events.ts';
import { eventFrame } from '../simulators/bedrock-wire.ts';

const frameOf = (text: string): Buffer => eventFrame('contentBlockDelta', { contentBlockIndex: 0, delta: { text } }, 0);
const [FIRST, SECOND, THIRD] = ['one', 'two', 'three'].map(frameOf) as [Buffer, Buffer, Buffer];

const saidIn = async (...frames: readonly Uint8Array[]) => {
  const said: unknown[] = [];
  const answer = await readAnswer({ statusCode: 200, headers: { 'content-type': 'application/vnd.amazon.eventstream' }, body: (async function* () { yield* frames; })() });
  const { stream } = answer as { stream: AsyncIterable<readonly { contentBlockDelta?: { delta: { text: string } } }[]> };
  try {
    for await (const events of stream) said.push(...events.map(({ contentBlockDelta }) => contentBlockDelta?.delta.text));
  } catch {
    said.push('broken');
  }
  return said;
};

const withOther = (frame: Buffer, index: number): Buffer => {
  const other = Buffer.from(frame);
  other[index] = (other[index] ?? 0) ^ 1;
  return other;
};

test('pieces of an answer are read one behind the other, also with events of other kinds between them', async () => {
  const stop = eventFrame('messageStop', { stopReason: 'end_turn' }, 0);
  expect(await saidIn(FIRST, SECOND, stop, THIRD)).toEqual(['one', 'two', undefined, 'three']);
});

test('a piece in which any one byte is wrong breaks the stream, however many like it came before', async () => {
  for (const index of SECOND.keys()) expect(await saidIn(FIRST, withOther(SECOND, index), THIRD), `byte ${index}`).toEqual(['one', 'broken']);
});

test('a first piece in which any one byte is wrong breaks the stream', async () => {
  for (const index of FIRST.keys()) expect(await saidIn(withOther(FIRST, index), SECOND), `byte ${index}`).toEqual(['broken']);
});

test('pieces are read however many kinds of events come between them, and in each answer anew', async () => {
  const others = Array.from({ length: 40 }, (_, index) => [eventFrame(`other${index}`, {}, 0), frameOf(`piece ${index}`)]).flat();
  const said = Array.from({ length: 40 }, (_, index) => [undefined, `piece ${index}`]).flat();
  expect(await saidIn(...others)).toEqual(said);
  expect(await saidIn(...others)).toEqual(said);
});
