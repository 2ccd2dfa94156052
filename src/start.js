import * as nodeModule from 'node:module';

/** The first Node that runs all of it as it is; `npm start` brings one along. */
const OLDEST_NODE = 24;

if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
  process.stderr.write(`Parley needs Node ${OLDEST_NODE} or newer, and this is ${process.version}. "npm start" and the other npm scripts bring their own.\n`);
  process.exitCode = 78;
} else {
  // Plain JavaScript: what strips the types of a first file is not loaded, and all others have been stripped at an earlier start.
  nodeModule.enableCompileCache();
  await import('./main.ts');
}
