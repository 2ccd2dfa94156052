import * as fc from 'fast-check';

// That a property fails is enough to know; the least example for it would take far longer.
fc.configureGlobal({ endOnFailure: true });
