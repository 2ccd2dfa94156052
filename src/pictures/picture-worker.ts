import { text } from 'node:stream/consumers';
import sharp from 'sharp';
import { usageSvg } from './usage-svg.ts';
import type { UsagePicture } from './usage-picture.ts';

// The process that draws: it reads what is to be drawn, writes a PNG, and ends. Nothing in a picture is opened: what it
// shows of others is text alone.
const input = await text(process.stdin);
if (input !== '') {
  const svg = usageSvg(JSON.parse(input) as UsagePicture);
  const png = await sharp(Buffer.from(svg)).png({ palette: true, effort: 3 }).toBuffer();
  process.stdout.write(png);
}
