#!/usr/bin/env bash
# Guess: @discordjs/voice plays a song in Ogg Opus whatever its tags hold, as each player does; what it cannot read, it says by an `error`.
# Really: from 65,025 bytes of tags on, it plays nothing at all. Such tags go on in a second page of the file, and the reader takes the end
# of the first for "not enough data yet": it waits for the rest, has it, and gives out no packet until the file is over. The player
# goes from buffering by playing to idle as with any song, only at once; nothing is an error, and demuxProbe calls the file good.
# Why bot authors care: the picture on a song's cover is one of its tags, and few are below 48 KB. A bot that plays what people upload goes
# through a list of such songs without a sound or a line in its log.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-fund --no-audit @discordjs/voice@0.19.2 prism-media@1.3.5 mediabunny@1.61.0 node@24.21.0 >/dev/null 2>&1
cat >run.mjs <<'JS'
import { createReadStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { NoSubscriberBehavior, createAudioPlayer, createAudioResource, demuxProbe } from '@discordjs/voice';
import { ALL_FORMATS, BufferSource, BufferTarget, EncodedAudioPacketSource, EncodedPacket, EncodedPacketSink, Input, OggOutputFormat, Output } from 'mediabunny';

const PACKETS = 25;
const SILENCE = Uint8Array.of(0xfc, 0xff, 0xfe); // 20 ms in stereo
const HEAD = Buffer.from('OpusHead\x01\x02\x38\x01\x80\xbb\0\0\0\0\0', 'latin1');

// Half a second with a cover of so many bytes.
const song = async (coverBytes) => {
  const output = new Output({ format: new OggOutputFormat(), target: new BufferTarget() });
  const source = new EncodedAudioPacketSource('opus');
  output.addAudioTrack(source);
  const cover = { data: Buffer.concat([Buffer.from('ffd8ffe0', 'hex'), Buffer.alloc(coverBytes - 4)]), mimeType: 'image/jpeg', kind: 'coverFront' };
  output.setMetadataTags({ title: 'A song', images: [cover] });
  await output.start();
  for (let index = 0; index < PACKETS; index += 1) {
    const decoderConfig = { codec: 'opus', numberOfChannels: 2, sampleRate: 48_000, description: HEAD };
    await source.add(new EncodedPacket(SILENCE, 'key', index * 0.02, 0.02), { decoderConfig });
  }
  await output.finalize();
  return Buffer.from(output.target.buffer);
};

// What another reader finds in the file.
const isRead = async (file, coverBytes) => {
  const input = new Input({ formats: ALL_FORMATS, source: new BufferSource(file) });
  const sink = new EncodedPacketSink(await input.getPrimaryAudioTrack());
  let packets = 0;
  for await (const packet of sink.packets()) packets += packet.byteLength === SILENCE.length ? 1 : 0;
  return packets === PACKETS && (await input.getMetadataTags()).images[0].data.length === coverBytes;
};

const played = async (name) => {
  const { stream, type } = await demuxProbe(createReadStream(name));
  const resource = createAudioResource(stream, { inputType: type });
  const player = createAudioPlayer({ behaviors: { noSubscriber: NoSubscriberBehavior.Play } });
  const seen = [];
  player.on('stateChange', (_, { status }) => seen.push(status));
  player.on('error', ({ message }) => seen.push(`error: ${message}`));
  player.play(resource);
  while (player.state.status !== 'idle') await sleep(20);
  return `${type}, ${seen.join(', ')}; ${resource.playbackDuration} ms heard`;
};

const EXPECTED = new Map([
  [48_000, 'ogg/opus, buffering, playing, idle; 500 ms heard'],
  [49_000, 'ogg/opus, buffering, playing, idle; 0 ms heard'],
  [200_000, 'ogg/opus, buffering, playing, idle; 0 ms heard'],
]);
let isAsSeen = true;
for (const [coverBytes, wanted] of EXPECTED) {
  const file = await song(coverBytes);
  await writeFile('song.opus', file);
  const isGood = await isRead(file, coverBytes);
  const is = await played('song.opus');
  console.log(`a cover of ${coverBytes} bytes: ${isGood ? 'mediabunny reads its 500 ms and the cover' : 'mediabunny does not read it'}; @discordjs/voice: ${is}`);
  isAsSeen &&= isGood && is === wanted;
}
process.exit(isAsSeen ? 0 : 1);
JS
"$folder/node_modules/.bin/node" run.mjs
# Seen 2026-11-30 with @discordjs/voice 0.19.2 (prism-media 1.3.5) on Node 24.21.
