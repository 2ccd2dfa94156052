import { enableCompileCache } from 'node:module';

// Plain JavaScript: what strips the types of a first file is not loaded, and all others have been stripped at an earlier start.
enableCompileCache();
await import('./main.ts');
