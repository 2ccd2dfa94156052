import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { z } from 'zod';
import { lockedPackages } from './lockfile.ts';

const sbomSchema = z.looseObject({
  metadata: z.looseObject({ component: z.looseObject({ name: z.string() }) }),
  components: z.array(z.looseObject({ 'bom-ref': z.string() })),
  dependencies: z.array(z.looseObject({ ref: z.string(), dependsOn: z.array(z.string()) })),
});

// Whoever reads only the beginning of it has had enough.
process.stdout.on('error', () => process.exit());

/**
 * Prints a CycloneDX bill of materials of what runs with Parley, on all platforms. It is npm's own of everything, without what is for
 * development by the lockfile: npm's `--omit=dev` leaves out, too, what runs with Parley and is used in development as well.
 */
const npm = spawnSync('npm', ['sbom', '--package-lock-only', '--sbom-format=cyclonedx', '--sbom-type=application'], {
  cwd: join(import.meta.dirname, '../..'),
  encoding: 'utf8',
  maxBuffer: 64 * 1024 * 1024,
  shell: process.platform === 'win32',
});
if (npm.status !== 0) {
  process.stderr.write(`npm could not list the packages: ${npm.stderr.trim() || npm.error?.message || 'it said nothing'}\n`);
  process.exit(1);
}
const sbom = sbomSchema.parse(JSON.parse(npm.stdout));
const shipped = new Set(lockedPackages().flatMap(({ name, version, dev }) => (dev === true ? [] : [`${name}@${version}`])));
const left = new Set(sbom.components.map((component) => component['bom-ref']).filter((ref) => !shipped.has(ref)));
// npm names the program by the folder that it stands in.
sbom.metadata.component.name = 'parley';
sbom.components = sbom.components.filter((component) => !left.has(component['bom-ref']));
sbom.dependencies = sbom.dependencies.filter(({ ref }) => !left.has(ref));
for (const dependency of sbom.dependencies) dependency.dependsOn = dependency.dependsOn.filter((ref) => !left.has(ref));
process.stdout.write(`${JSON.stringify(sbom, undefined, 2)}\n`);
