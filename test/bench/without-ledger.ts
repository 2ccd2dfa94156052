// To be imported before Parley: puts a ledger that writes nothing in the place of its own.
import { registerHooks } from 'node:module';

const IN_ITS_PLACE = new URL('no-ledger.ts', import.meta.url).href;

registerHooks({ resolve: (specifier, context, next) => next(specifier.endsWith('/ledger-store.ts') ? IN_ITS_PLACE : specifier, context) });
