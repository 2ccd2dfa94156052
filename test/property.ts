import * as fc from 'fast-check';

const { PROPERTY_SEED } = process.env;

// The same scenes each time, so that a failure tells of the change that was made; `PROPERTY_SEED=random` or a number looks at others.
if (PROPERTY_SEED !== 'random') fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(PROPERTY_SEED ?? 1) });

export * from 'fast-check';
export { default } from 'fast-check';
