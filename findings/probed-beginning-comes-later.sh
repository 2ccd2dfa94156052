#!/usr/bin/env bash
# Guess: demuxProbe of @discordjs/voice looks at the beginning of a stream and gives back a stream that holds all of
# it, from the beginning on.
# Really: it puts what it has read behind what has come meanwhile. Where more than a first piece was there already, as in an answer of HTTP
# that comes in chunks, the song begins in the middle, and its beginning comes later. Where all of it was there, the stream ends with
# "stream.push() after EOF" and nothing is heard. Files on the disk are whole.
# Why bot authors care: it is made for what comes from elsewhere, an upload or a stream. Ogg Opus then fails with "capture_pattern is not
# OggS", which speaks of the file, and other formats reach FFmpeg in the wrong order; how much, the network decides. A test
# with a file never shows it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit @discordjs/voice@0.19.2 prism-media@1.3.5 mediabunny@1.61.0 node@24.21.0 >/dev/null 2>&1
cat >run.mjs <<'JS'
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createAudioResource, demuxProbe } from '@discordjs/voice';
import { BufferTarget, EncodedAudioPacketSource, EncodedPacket, OggOutputFormat, Output } from 'mediabunny';

const PIECE = 4096;
const HEAD = Buffer.from('OpusHead\x01\x02\x38\x01\x80\xbb\0\0\0\0\0', 'latin1');
// Silence in stereo, 20 ms in each packet.
const song = async (packets) => {
  const output = new Output({ format: new OggOutputFormat(), target: new BufferTarget() });
  const source = new EncodedAudioPacketSource('opus');
  output.addAudioTrack(source);
  await output.start();
  for (let index = 0; index < packets; index += 1) {
    const decoderConfig = { codec: 'opus', numberOfChannels: 2, sampleRate: 48_000, description: HEAD };
    await source.add(new EncodedPacket(Uint8Array.of(0xfc, 0xff, 0xfe), 'key', index * 0.02, 0.02), { decoderConfig });
  }
  await output.finalize();
  return Buffer.from(output.target.buffer);
};

const fileOf = async (bytes) => {
  await writeFile('song.opus', bytes);
  return createReadStream('song.opus');
};
const answerOf = async (bytes) => {
  const server = createServer(async (_, response) => {
    for (let from = 0; from < bytes.length; from += PIECE) if (!response.write(bytes.subarray(from, from + PIECE))) await once(response, 'drain');
    response.end();
    server.close();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const request = get(`http://127.0.0.1:${server.address().port}`);
  const [response] = await once(request, 'response');
  request.on('error', () => {});
  // Some pieces have come, or all of it, as they have when the bot has joined the channel in the meantime.
  while (bytes.length < PIECE ? !response.complete : response.readableLength < 3 * PIECE) await sleep(20);
  return response;
};

// What the stream that comes back from the probe holds, and how many packets of the song are played from it.
const heldBy = async (source, bytes) => {
  const { stream } = await demuxProbe(await source(bytes));
  try {
    const held = Buffer.concat(await stream.toArray());
    return held.equals(bytes) ? 'as it was' : held.length === bytes.length ? 'all of it in another order' : 'otherwise';
  } catch (error) {
    return error.message;
  }
};
const playedFrom = async (source, bytes) => {
  const { stream, type } = await demuxProbe(await source(bytes));
  if (type !== 'ogg/opus') return type;
  const failed = once(stream, 'error').then(([error]) => error.message);
  const { playStream } = createAudioResource(stream, { inputType: type });
  const played = playStream.toArray().then((packets) => `${packets.length} packets`, (error) => error.message);
  return Promise.race([played, failed]);
};

const [long, short] = [await song(30_000), await song(50)];
const CASES = [
  ['a file', long, fileOf, 'as it was', '30000 packets'],
  ['a short file', short, fileOf, 'as it was', '50 packets'],
  ['an answer of HTTP', long, answerOf, 'all of it in another order', 'capture_pattern is not OggS'],
  ['a short answer of HTTP', short, answerOf, 'stream.push() after EOF', 'stream.push() after EOF'],
];
let isAsSeen = true;
for (const [name, bytes, source, wantedBytes, wantedSound] of CASES) {
  const held = await heldBy(source, bytes);
  const played = await playedFrom(source, bytes);
  console.log(`${name} of ${bytes.length} bytes: the stream holds ${held}; played: ${played}`);
  isAsSeen &&= held === wantedBytes && played === wantedSound;
}
process.exit(isAsSeen ? 0 : 1);
JS
"$folder/node_modules/.bin/node" run.mjs
# Seen 2026-11-30 with @discordjs/voice 0.19.2 (prism-media 1.3.5) on Node 24.21.
