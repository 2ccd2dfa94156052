import { countOf, fieldsOf, listOf, textOf } from './plausible.ts';
import type { Fields } from './plausible.ts';
import type { ReplySource } from '../conversation/reply.ts';

/** More sources than anybody looks at. */
const MAX_SOURCES = 20;
const MAX_TITLE_LENGTH = 150;
const MAX_URL_LENGTH = 300;
const MAX_PAGE = 1_000_000;

const pagesOf = (value: unknown): string | undefined => {
  const { start, end } = fieldsOf(value);
  const [first, last] = [countOf(start, MAX_PAGE), countOf(end, MAX_PAGE)];
  if (first === undefined) return undefined;
  return last === undefined || last <= first ? `page ${first}` : `pages ${first}–${last}`;
};

const webAddress = (value: unknown): string | undefined => {
  const url = textOf(value).trim();
  return url.length <= MAX_URL_LENGTH && /^https?:\/\/[^\s<>]+$/iu.test(url) ? url : undefined;
};

/** @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Citation.html */
const sourceOf = (citation: Fields): ReplySource | undefined => {
  const { web, documentPage } = fieldsOf(citation['location']);
  const url = webAddress(fieldsOf(web)['url']) ?? webAddress(citation['source']);
  const name = [citation['title'], citation['source'], fieldsOf(web)['domain']].map(textOf).find((text) => text.trim() !== '' && text.trim() !== url);
  const title = name?.trim().slice(0, MAX_TITLE_LENGTH).toWellFormed();
  return title === undefined && url === undefined ? undefined : { title, url, place: pagesOf(documentPage) };
};

/** The sources of an answer, each once, in the order in which they came. */
export class Sources {
  readonly #byText = new Map<string, ReplySource>();

  add(citation: unknown): void {
    const source = this.#byText.size < MAX_SOURCES ? sourceOf(fieldsOf(citation)) : undefined;
    if (source !== undefined) this.#byText.set(JSON.stringify(source), source);
  }

  get all(): readonly ReplySource[] {
    return [...this.#byText.values()];
  }
}

/** The text of a block that cites. @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_CitationsContentBlock.html */
export const citingText = (block: Fields): string =>
  listOf(block['content'])
    .map((part) => textOf(fieldsOf(part)['text']))
    .join('');
