import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const ROOT = join(import.meta.dirname, '../..');

const entrySchema = z.object({
  version: z.string().optional(),
  integrity: z.string().optional(),
  resolved: z.string().optional(),
  license: z.string().optional(),
  dev: z.boolean().optional(),
  link: z.boolean().optional(),
  hasInstallScript: z.boolean().optional(),
});
const lockfileSchema = z.object({ lockfileVersion: z.literal(3), packages: z.record(z.string(), entrySchema) });

/** A package as `package-lock.json` has it. */
export interface LockedPackage extends z.infer<typeof entrySchema> {
  readonly name: string;
  /** Where it stands below the checkout. */
  readonly path: string;
}

/** All packages that `npm ci` installs, Parley itself aside. */
export const lockedPackages = (): readonly LockedPackage[] =>
  Object.entries(lockfileSchema.parse(JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'))).packages).flatMap(([path, entry]) =>
    path === '' ? [] : [{ ...entry, path, name: path.replace(/^.*node_modules\//u, '') }],
  );
