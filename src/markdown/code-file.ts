import { fenceBody } from './fence.ts';
import type { Fence } from './fence.ts';

/** A file beside an answer. */
export interface AnswerFile {
  readonly name: string;
  readonly content: string;
}

/** The names that models give languages, and what their files are called. */
const EXTENSIONS: Readonly<Record<string, string>> = {
  ts: 'typescript mts cts',
  tsx: '',
  js: 'javascript mjs cjs node',
  jsx: '',
  json: 'jsonc json5',
  jsonl: 'ndjson',
  py: 'python python3 py3 gyp',
  ipynb: '',
  rb: 'ruby',
  rs: 'rust',
  go: 'golang',
  java: '',
  kt: 'kotlin',
  swift: '',
  scala: '',
  c: 'h',
  cpp: 'c++ cc cxx hpp',
  cs: 'csharp c#',
  fs: 'fsharp f#',
  vb: 'vbnet visualbasic',
  m: 'objectivec objective-c objc matlab octave',
  php: '',
  pl: 'perl',
  lua: '',
  r: '',
  jl: 'julia',
  dart: '',
  ex: 'elixir',
  erl: 'erlang',
  hs: 'haskell',
  clj: 'clojure',
  ml: 'ocaml',
  zig: '',
  nim: '',
  asm: 'assembly nasm x86asm',
  sol: 'solidity',
  groovy: 'gradle',
  sh: 'bash shell zsh console shellscript shell-session terminal',
  fish: '',
  ps1: 'powershell pwsh',
  bat: 'batch cmd dos',
  sql: 'mysql postgres postgresql plsql tsql sqlite',
  graphql: 'gql',
  proto: 'protobuf',
  html: 'htm xhtml',
  css: '',
  scss: 'sass',
  less: '',
  vue: '',
  svelte: '',
  xml: 'xsd xslt plist',
  svg: '',
  yaml: 'yml',
  toml: '',
  ini: 'cfg conf properties editorconfig',
  env: 'dotenv',
  tf: 'terraform hcl',
  nginx: '',
  dockerfile: 'docker containerfile',
  makefile: 'make mk',
  cmake: '',
  diff: 'patch',
  csv: '',
  tsv: '',
  tex: 'latex',
  md: 'markdown mdx',
  rst: '',
  mmd: 'mermaid',
  puml: 'plantuml',
  dot: 'graphviz',
  vim: 'viml vimscript',
  log: '',
};

const EXTENSION_OF = new Map(
  Object.entries(EXTENSIONS).flatMap(([extension, names]) => [extension, ...names.split(' ').filter(Boolean)].map((name) => [name, extension] as const)),
);
/** Files that are known by their whole name. */
const WHOLE_NAMES = new Map([
  ['dockerfile', 'Dockerfile'],
  ['makefile', 'Makefile'],
]);

/**
 * What the file of a code block in this language is called: `code.py`, or `code.txt` for a language unknown.
 * @param number of the file in its answer, counted from 1
 */
export const codeFileName = (info: string, number = 1): string => {
  const language = (/^[^\s:,{]+/.exec(info)?.[0] ?? '').toLowerCase();
  const extension = EXTENSION_OF.get(language) ?? 'txt';
  const counted = number === 1 ? '' : `-${number}`;
  const wholeName = WHOLE_NAMES.get(extension);
  return wholeName === undefined ? `code${counted}.${extension}` : `${wholeName}${counted}`;
};

/** The code of a block as it is in a file: without the marks of the quote and the indentation of the list around it. */
export const codeFileContent = (fence: Fence, code: string): string => {
  const lines = code.replace(/\n$/, '').split('\n');
  const own = lines.map((line) => {
    const body = fenceBody(line, fence) ?? line;
    const indentation = /^[ \t]*/.exec(body)?.[0].length ?? 0;
    return body.slice(Math.min(indentation, fence.indent));
  });
  return `${own.join('\n')}\n`;
};
