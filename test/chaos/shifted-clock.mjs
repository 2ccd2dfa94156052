// Loaded before Parley: its wall clock goes wrong as a file says, in milliseconds, which may change at any time.
import { readFileSync, watchFile } from 'node:fs';

const file = process.env['CHAOS_CLOCK_FILE'];
const RealDate = Date;
let aheadMs = 0;
const read = () => {
  try {
    aheadMs = Number(readFileSync(file, 'utf8')) || 0;
  } catch {
    // It is being written.
  }
};

if (file !== undefined) {
  read();
  watchFile(file, { interval: 250, persistent: false }, read);
  globalThis.Date = class Date extends RealDate {
    constructor(...parts) {
      if (parts.length === 0) super(RealDate.now() + aheadMs);
      else super(...parts);
    }

    static now() {
      return RealDate.now() + aheadMs;
    }
  };
}
