import { enableCompileCache } from 'node:module';

// Before anything else is loaded: the next start finds its code compiled.
enableCompileCache();
const { boundHeap } = await import('./process/heap-bounds.ts');
const letHeapGrow = boundHeap();

const words = process.argv.slice(2);
const commandLine = words.length === 0 ? undefined : (await import('./process/command-line.ts')).parseCommandLine(words);

// Whoever reads no further, as `head` does, has seen enough.
if (commandLine !== undefined && commandLine.does !== 'run') for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

if (commandLine?.does === 'say') {
  (commandLine.exitCode === 0 ? process.stdout : process.stderr).write(commandLine.text);
  process.exitCode = commandLine.exitCode;
} else if (commandLine?.does === 'doctor') {
  const { runDoctor } = await import('./run-doctor.ts');
  const exitCode = await runDoctor(process, commandLine.envFile);
  // Connections that are kept for later would hold the process up; what was written first has to get out.
  process.stdout.write('', () => process.exit(exitCode));
} else if (commandLine?.does === 'setup') {
  const { runSetup } = await import('./run-setup.ts');
  const exitCode = await runSetup(process, commandLine);
  process.stdout.write('', () => process.exit(exitCode));
} else if (commandLine?.does === 'health') {
  const { askHealth } = await import('./operations/ask-health.ts');
  process.exitCode = await askHealth(process, commandLine.envFile);
} else if (commandLine?.does === 'backup') {
  const { runBackup } = await import('./run-backup.ts');
  process.exitCode = runBackup(process, commandLine.target, commandLine.envFile);
} else if (commandLine?.does === 'migrate') {
  const { runMigrate } = await import('./run-migrate.ts');
  process.exitCode = await runMigrate(process, commandLine.from, commandLine.to, commandLine.envFile);
} else {
  const { run } = await import('./run.ts');
  await run(process, commandLine?.envFile);
  letHeapGrow();
}

(await import('./process/load-later.ts')).keepCompiled();
