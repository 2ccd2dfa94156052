import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Gives all tests of a run one folder for what they leave behind, and takes it away with them. */
export default (): (() => void) => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-tests-'));
  // A database server of the tests runs as somebody else, who must get to its own folder in here.
  chmodSync(folder, 0o711);
  const usual = process.env['TMPDIR'];
  process.env['TMPDIR'] = folder;
  return () => {
    if (usual === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = usual;
    rmSync(folder, { recursive: true, force: true });
  };
};
