import { createRequire } from 'node:module';

interface Example {
  readonly markdown: string;
  readonly section: string;
}

const spec = createRequire(import.meta.url)('commonmark-spec') as { readonly tests: readonly Example[] };

/** Every example of the CommonMark specification; there an arrow stands for a tab. */
export const commonMarkExamples: readonly Example[] = spec.tests.map(({ markdown, section }) => ({ section, markdown: markdown.replaceAll('→', '\t') }));
