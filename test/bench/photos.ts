import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import { newDiskStore } from './disk-store.ts';
import { PARLEY, startRig, until } from './rig.ts';
import type { Subject } from './rig.ts';

/** A photo of some 7.6 MB: twelve megapixels, with the noise that a camera leaves. */
const makePhoto = async (): Promise<Uint8Array> => {
  const noise = { raw: { width: 4_032, height: 3_024, channels: 3 as const } };
  const image = sharp(randomBytes(4_032 * 3_024 * 3), noise).blur(0.6);
  return new Uint8Array(await image.jpeg({ quality: 89 }).toBuffer());
};

export interface PhotoFigures {
  readonly photoBytes: number;
  readonly answered: number;
  /** In MiB, as is `peak`, the most that was resident at once, and `after`, what was a minute later: of the process and, `OfAll`, of its children too. */
  readonly idle: number;
  readonly peak: number;
  readonly peakOfAll: number;
  readonly after: number;
}

/** So many members, each in a channel of their own, ask about a photo at the same time. */
export const measurePhotos = async (subject: Subject, members: number, waitMs = 60_000): Promise<PhotoFigures> => {
  const bytes = await makePhoto();
  const rig = await startRig(subject, { channels: members, environment: { STORE_URL: newDiskStore() } });
  try {
    rig.bedrock.respond({ text: 'A photo.' });
    await sleep(2_000);
    const idle = rig.memory();
    let [peak, peakOfAll] = [idle, idle];
    const watches = [
      setInterval(() => (peak = Math.max(peak, rig.memory())), 5),
      // A long look: it holds up the one who is looked at.
      setInterval(() => (peakOfAll = Math.max(peakOfAll, rig.memoryOfAll())), 25),
    ];
    const question = `${rig.discord.botUser.mention} what is it?`;
    for (const channel of rig.channels) rig.addMember().say(channel, question, { attachments: [{ name: 'photo.jpg', bytes }] });
    const answered = (): number => rig.channels.filter((channel) => channel.fromBot.some(({ content }) => content.startsWith('A photo.'))).length;
    await until(() => answered() === members, 180_000);
    await sleep(waitMs);
    watches.forEach(clearInterval);
    return { photoBytes: bytes.length, answered: answered(), idle, peak, peakOfAll, after: rig.memoryOfAll() };
  } finally {
    await rig.close();
  }
};

if (import.meta.main) console.log(await measurePhotos(PARLEY, 50));
