/** Anything that JSON may hold. */
type Json = unknown;

interface Output {
  readonly text?: Json;
  readonly data?: Readonly<Record<string, Json>>;
  readonly ename?: Json;
  readonly evalue?: Json;
}

interface Cell {
  readonly cell_type?: Json;
  readonly source?: Json;
  readonly outputs?: Json;
}

const isObject = (value: Json): value is Readonly<Record<string, Json>> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Text lies in one piece, or in lines. @see https://nbformat.readthedocs.io/en/latest/format_description.html */
const linesOf = (value: Json): string | undefined => {
  if (typeof value === 'string') return value;
  return Array.isArray(value) && value.every((line) => typeof line === 'string') ? value.join('') : undefined;
};

/** The best readable form first; of everything else only its kind is said. */
const READABLE = ['text/markdown', 'text/plain', 'text/latex', 'text/html'] as const;
const MIN_FENCE = 3;

const fenced = (text: string, language = ''): string => {
  let longest = MIN_FENCE - 1;
  for (const [, run = ''] of text.matchAll(/^[ \t]*(`{3,})/gmu)) longest = Math.max(longest, run.length);
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text.trimEnd()}\n${fence}`;
};

/** Pictures that stand in texts as base64 say nothing to a reader. */
const withoutData = (text: string): string => text.replace(/(data:[\w.+-]+\/[\w.+-]+;base64),[A-Za-z0-9+/=]+/gu, '$1,…');

const outputText = ({ text, data, ename, evalue }: Output): string | undefined => {
  if (typeof ename === 'string') return `${ename}: ${linesOf(evalue) ?? ''}`;
  const stream = linesOf(text);
  if (stream !== undefined || !isObject(data)) return stream;
  const said = READABLE.map((kind) => linesOf(data[kind])).find((one) => one !== undefined);
  const picture = Object.keys(data).find((kind) => !kind.startsWith('text/'));
  // A chart says "<Figure size 640x480>" in words.
  return picture === undefined ? said : [`[${picture}]`, said].filter((part) => part !== undefined).join(' ');
};

const cellText = ({ cell_type: type, source, outputs }: Cell, language: string): string => {
  const text = linesOf(source) ?? '';
  const said = (Array.isArray(outputs) ? outputs.filter(isObject) : []).map(outputText).filter((one) => one !== undefined && one.trim() !== '');
  const parts = [type === 'code' ? fenced(text, language) : text.trimEnd(), ...(said.length === 0 ? [] : [`Output:\n${fenced(said.join('\n'))}`])];
  return parts.filter((part) => part.trim() !== '').join('\n\n');
};

const languageOf = (metadata: Json): string => {
  const kernel = isObject(metadata) ? metadata['kernelspec'] : undefined;
  const language = isObject(kernel) ? kernel['language'] : undefined;
  return typeof language === 'string' && /^[\w+#-]{1,20}$/u.test(language) ? language : '';
};

const parsed = (text: string): Json => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/**
 * What a Jupyter notebook says, as Markdown: its cells, and below each what it gave, without pictures. Undefined when the text
 * is no notebook.
 */
export const notebookText = (text: string): string | undefined => {
  const notebook = parsed(text);
  if (!isObject(notebook) || !Array.isArray(notebook['cells'])) return undefined;
  const language = languageOf(notebook['metadata']);
  const cells = notebook['cells'].filter(isObject).map((cell) => cellText(cell, language));
  return withoutData(cells.filter((cell) => cell !== '').join('\n\n'));
};
