import { lockedPackages } from './lockfile.ts';

// Whoever reads only the beginning of it has had enough.
process.stdout.on('error', () => process.exit());

/** What runs with Parley, by its licence: the most frequent first. */
const byLicense = Map.groupBy(
  lockedPackages().filter(({ dev }) => dev !== true),
  ({ license }) => license ?? 'not said',
);
for (const [license, packages] of [...byLicense].toSorted(([, one], [, other]) => other.length - one.length)) {
  console.log(`${license} (${packages.length})`);
  for (const named of new Set(packages.map(({ name, version }) => `  ${name} ${version}`).toSorted())) console.log(named);
}
