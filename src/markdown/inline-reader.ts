import { decodeHTMLStrict } from 'entities';
import { createCodeSpans, LONGEST_SPAN, shownCode } from './code-spans.ts';
import { createPairing, flanks } from './delimiters.ts';
import { openFence } from './fence.ts';
import { cleanText, undecidedTail } from './clean-text.ts';
import { bareUrl, inlineCode, isSameTarget, LONGEST_TEXT, LONGEST_URL, readDestination, shownTarget, showsAddress, URL_RUN } from './links.ts';
import { readTag } from './tags.ts';
import { formulaEnd } from './math.ts';
import type { FixedMarks, Run } from './delimiters.ts';
import type { MarkCharacter } from './soft-mark.ts';

/** Running text, read: what it says, with the marks that it is said with. */
export type Item =
  /** Characters that mean themselves. */
  | { readonly kind: 'text'; readonly text: string }
  /** What Discord is to see as it stands here: code, addresses. */
  | { readonly kind: 'shown'; readonly text: string }
  /** A character behind a backslash. */
  | { readonly kind: 'escape'; readonly text: string }
  | { readonly kind: 'break'; readonly text: string }
  /** What may be the bracket before a link's text: `joint` when it is. */
  | { kind: 'bracket' | 'joint'; readonly text: string }
  | Run;

interface Bracket {
  readonly item: Extract<Item, { kind: 'bracket' | 'joint' }>;
  /** Where it and the text behind it begin in all of the text, and behind how many items and runs. */
  readonly from: number;
  readonly inside: number;
  readonly place: number;
  readonly runs: number;
  /** It may still become a link. */
  isActive: boolean;
}

export interface InlineReader {
  /**
   * Another text begins: one reader reads many, as making one takes longer than reading a line.
   * @param lineBreak what stands for a line break inside of a line: a line end, and the marks of a quote or the indentation of a list
   */
  begin(lineBreak: string): void;
  /** Reads on in a line that has come this far. */
  line(line: string, isWhole: boolean): void;
  /** The text goes on in a new line, before which this is shown. */
  breakLine(shown: string): void;
  /** Nothing more will come. */
  end(): void;
  /** What is decided and was not taken yet. */
  take(): Item[];
  /** What comes behind that, as far as it is decided: the first few. */
  ahead(): readonly Item[];
  /** Whether something waits for what comes next. */
  readonly isHeld: boolean;
  /** Whether it is a formula that waits, whose lines are no lists, whatever they begin with. */
  readonly isInFormula: boolean;
  /** Where in the line a code block opens that does not stand on a line of its own. */
  readonly fenceAt: number | undefined;
}

const NO_MARKS: FixedMarks = { star: 0, doubleStar: 0, underscore: 0, tildes: 0, pipes: 0 };
/** How many items behind a mark decide on how it is written. */
export const LOOK_AHEAD = 4;
/** Longer runs of one mark are none. */
const LONGEST_RUN = 64;
const SPECIAL = /[\\`*_~|<&[\]!$\n]|https?:\/\//gi;
const MAY_BECOME_URL = /(?<![\p{L}\p{N}_])h(?:t(?:t(?:p(?:s?(?::\/?)?)?)?)?)?$/iu;
const ENTITY = /&(?:#[xX][0-9a-fA-F]{1,6}|#\d{1,7}|[A-Za-z][A-Za-z0-9]{1,31});/y;
const MAY_BECOME_ENTITY = /^&(?:#[xX]?)?[0-9A-Za-z]{0,32}$/;
const PUNCTUATION = /^[!-/:-@[-`{-~]/;
/** What Discord could read as the beginning of something, wherever it stands. What it reads by its message is escaped by that. */
const KEEPS_BACKSLASH = /^[\\`*#+>[()!-]/;
const ENDS_IN_WORD = /[\p{L}\p{N}_]$/u;
/** The arm and the rest of a shrug, which its own escapes would maim. Discord shows it as it is. */
const SHRUG = '\\_(ツ)_/¯';

const countOf = (text: string, part: string): number => text.split(part).length - 1;

/** Whether backticks in the middle of a line are meant to open a code block, as in `Like this: ` and three of them with a language. */
const opensBlock = (line: string, at: number, run: number): boolean => {
  const info = line.slice(at + run).trimEnd();
  const isMeant = /^[\w+#.-]+$/.test(info) || (info === '' && line.slice(0, at).trimEnd().endsWith(':'));
  return isMeant && openFence(line.slice(at)) !== undefined;
};

/**
 * Reads a paragraph as CommonMark does while it grows: code, links, escapes, entities, and which marks belong together.
 * It goes forward only; each decision needs a bounded piece of text, but for marks, which wait for their partner.
 * @param mayOpenBlock backticks in the middle of a line may open a code block
 */
export const createInlineReader = (mayOpenBlock: boolean): InlineReader => {
  const codeSpans = createCodeSpans();
  const pairing = createPairing();
  /** Raw text that was not read to its end, where it is to be read on, and how much was dropped before it. */
  let text = '';
  let lineBreak = '\n';
  let at = 0;
  let dropped = 0;
  let previous = '';
  let line = '';
  let takenOfLine = 0;
  let lineFrom = 0;
  let isLineWhole = false;
  let isEnd = false;
  let isInFormula = false;
  let fenceAt: number | undefined;
  let fixed = NO_MARKS;
  /** How far a run of backticks goes on that is too long to be one. */
  let longRunTo = -1;
  const breaks: string[] = [];
  let items: Item[] = [];
  let itemsTaken = 0;
  /** How many of the items were decided when some were taken. */
  let decided = 0;
  const brackets: Bracket[] = [];
  let firstBracket = 0;
  /** Runs behind a bracket that may become a link, to whose text they would belong. */
  const queue: Run[] = [];
  let runs = 0;
  let runsPaired = 0;

  const isLineDone = (): boolean => isLineWhole || isEnd;
  const place = (): number => itemsTaken + items.length;
  const say = (raw: string): void => {
    if (raw !== '') items.push({ kind: 'text', text: raw });
  };
  const fix = (shown: string): void => {
    if (!/[*_~|]/.test(shown)) return;
    fixed = {
      star: fixed.star + countOf(shown, '*'),
      doubleStar: fixed.doubleStar + countOf(shown, '**'),
      underscore: fixed.underscore + countOf(shown, '_'),
      tildes: fixed.tildes + countOf(shown, '~~'),
      pipes: fixed.pipes + countOf(shown, '||'),
    };
  };
  const show = (shown: string): void => {
    items.push({ kind: 'shown', text: shown });
    fix(shown);
  };
  const before = (): string => {
    const near = at > 1 ? text.slice(at - 2, at) : `${previous}${text.slice(0, at)}`;
    return /[\uD800-\uDBFF][\uDC00-\uDFFF]$/.test(near) ? near.slice(-2) : near.slice(-1);
  };

  /** Pairs the marks that stand in no bracket that may yet become a link. */
  const pairUp = (): void => {
    while (firstBracket < brackets.length && brackets[firstBracket]?.isActive === false) firstBracket += 1;
    const first = brackets[firstBracket];
    const ready = (first?.runs ?? runs) - runsPaired;
    for (const run of ready > 0 ? queue.splice(0, ready) : []) pairing.add(run);
    runsPaired += ready;
    if (first !== undefined) return;
    brackets.length = 0;
    firstBracket = 0;
  };

  const readCode = (): boolean => {
    let inside = at + 1;
    while (text[inside] === '`' && inside - at < LONGEST_SPAN) inside += 1;
    if (dropped + at === longRunTo || inside - at === LONGEST_SPAN) {
      say(text.slice(at, inside));
      at = inside;
      longRunTo = dropped + at;
      return true;
    }
    if (inside === text.length && !isLineDone()) return false;
    const run = inside - at;
    const end = codeSpans.endOf(text, at, run, isEnd);
    const inLine = dropped + at - lineFrom;
    if ((end === undefined || end === 'wait') && isLineDone() && mayOpenBlock && run >= 3 && inLine >= 0 && opensBlock(line, inLine, run)) {
      fenceAt = inLine;
      return false;
    }
    if (end === 'wait') return false;
    if (end === undefined) {
      say(text.slice(at, inside));
      at = inside;
      return true;
    }
    const raw = text.slice(inside, end);
    const lines = countOf(raw, '\n');
    breaks.splice(0, lines);
    const code = lines === 0 && run < 3 ? text.slice(at, end + run) : shownCode(raw);
    if (code === undefined) say(raw.replaceAll('\n', ' '));
    else show(code);
    at = end + run;
    return true;
  };

  const readEscape = (): boolean => {
    const next = text.charAt(at + 1);
    if (next === '' && !isEnd) return false;
    if (next === '_' && before() === '¯' && text.length - at < SHRUG.length && !isLineDone()) return false;
    if (before() === '¯' && text.startsWith(SHRUG, at)) {
      show(SHRUG);
      at += SHRUG.length;
      return true;
    }
    if (next === '(' || (next === '[' && !ENDS_IN_WORD.test(before()))) {
      const end = formulaEnd(text, at, isEnd);
      isInFormula = end === 'wait';
      if (end === 'wait') return false;
      if (end !== undefined) return readFormula(end);
    }
    if (next === '<') {
      // The same without the backslash, with which Discord would see a bare URL or a mention behind it.
      const near = text.slice(at + 2, at + 10);
      if (near.length < 8 && !isLineDone() && /^(?:h|ht|htt|http|https|https?:\/?)?$/i.test(near)) return false;
      const isTag = /^(?:https?:\/\/|@)/i.test(near);
      if (!isTag) say('<');
      at += isTag ? 1 : 2;
      return true;
    }
    // A backslash at the end of a line breaks it, which it does here anyway.
    if (KEEPS_BACKSLASH.test(next) || (next === '.' && /\d/.test(before()))) items.push({ kind: 'escape', text: `\\${next}` });
    else if (PUNCTUATION.test(next)) say(next);
    else if (next !== '\n') say('\\');
    at += PUNCTUATION.test(next) ? 2 : 1;
    return true;
  };

  const readFormula = (end: number): boolean => {
    const [first = '', ...rest] = text.slice(at, end).split('\n');
    say(first);
    for (const one of rest) {
      items.push({ kind: 'break', text: breaks.shift() ?? '\n' });
      // Discord would take what a line begins with for the mark of a list, a heading or a quote.
      const [mark, number = ''] = /^(\d{1,9})?[-*#>.](?=[\s#>])/.exec(one) ?? [];
      const isMark = mark !== undefined && (number === '') !== mark.endsWith('.');
      if (isMark) say(number);
      if (isMark) items.push({ kind: 'escape', text: `\\${mark.slice(-1)}` });
      say(isMark ? one.slice(mark.length) : one);
    }
    at = end;
    return true;
  };

  const readDollar = (): boolean => {
    const end = formulaEnd(text, at, isEnd);
    isInFormula = end === 'wait' && text[at + 1] === '$';
    if (end === 'wait') return false;
    if (end !== undefined) return readFormula(end);
    say('$');
    at += 1;
    return true;
  };

  const readRun = (char: MarkCharacter): boolean => {
    let end = at + 1;
    while (text[end] === char && end - at < LONGEST_RUN) end += 1;
    const total = end - at;
    if (end === text.length && total < LONGEST_RUN && !isLineDone()) return false;
    const isPair = char === '*' || char === '_' || total === 2;
    const flank = isPair && total < LONGEST_RUN ? flanks(char, before(), String.fromCodePoint(text.codePointAt(end) ?? 0x20)) : undefined;
    if (flank === undefined || !(flank.canOpen || flank.canClose)) {
      say(text.slice(at, end));
    } else {
      const run: Run = { kind: 'run', char, at: dropped + at, fromAt: dropped + at, place: place(), from: place(), total, ...flank, fixed, left: total, opens: undefined, closes: undefined };
      items.push(run);
      queue.push(run);
      runs += 1;
      if (brackets.length === 0) pairUp();
    }
    at = end;
    return true;
  };

  const readTagAt = (): boolean => {
    const tag = readTag(text, at, isLineDone());
    if (tag === 'wait') return false;
    const raw = text.slice(at, tag.end);
    if (tag.kind === 'link') show(shownTarget(cleanText(tag.text)));
    else if (tag.kind === 'break') items.push({ kind: 'break', text: lineBreak });
    // What is left must not join: it could be the two halves of a mention.
    else if (tag.kind === 'comment') show('\u200B');
    else say(tag.text);
    if (tag.kind === 'kept') fix(raw);
    at = tag.end;
    return true;
  };

  const readEntity = (): boolean => {
    if (!isLineDone() && text.length - at <= 34 && MAY_BECOME_ENTITY.test(text.slice(at))) return false;
    ENTITY.lastIndex = at;
    const raw = ENTITY.exec(text)?.[0] ?? '&';
    const decoded = raw === '&' ? raw : decodeHTMLStrict(raw).replace(/[\r\n]/g, ' ');
    if (raw !== '&' && decoded === raw) {
      say('&');
      at += 1;
      return true;
    }
    // At the start of a line it would begin a list or a quote, which it was written to avoid.
    const isFirst = raw !== '&' && PUNCTUATION.test(decoded) && /^\n?$/.test(before());
    if (isFirst && decoded !== '<') items.push({ kind: 'escape', text: `\\${decoded}` });
    else say(decoded);
    at += raw.length;
    return true;
  };

  const openBracket = (): boolean => {
    const opener = text[at] === '!' ? text.slice(at, at + 2) : '[';
    if (opener === '!' && !isLineDone()) return false;
    if (!opener.endsWith('[')) {
      say('!');
      at += 1;
      return true;
    }
    const item: Bracket['item'] = { kind: 'bracket', text: opener };
    brackets.push({ item, from: dropped + at, inside: dropped + at + opener.length, place: place(), runs, isActive: true });
    items.push(item);
    at += opener.length;
    return true;
  };

  const makeLink = (bracket: Bracket, target: string): void => {
    const raw = cleanText(text.slice(bracket.inside - dropped, at));
    const inner = queue.splice(bracket.runs - runsPaired);
    runs = bracket.runs;
    bracket.item.kind = 'joint';
    if (isSameTarget(raw, target) || showsAddress(raw)) {
      items.length = bracket.place - itemsTaken + 1;
      if (!isSameTarget(raw, target)) show(inlineCode(raw.trim()));
    } else {
      const pairs = createPairing();
      for (const run of inner) pairs.add(run);
    }
    if (isSameTarget(raw, target)) {
      show(shownTarget(target));
    } else {
      say(' (');
      show(shownTarget(target));
      say(')');
    }
  };

  const closeBracket = (): boolean => {
    const bracket = brackets.at(-1);
    if (bracket?.isActive === true) {
      if (at + 1 === text.length && !isLineDone()) return false;
      const from = bracket.from - dropped;
      const found = text[at + 1] === '(' ? readDestination(text, at + 1) : undefined;
      if (found === undefined && text[at + 1] === '(' && !isEnd) {
        const isUrl = /^\(\s*<?https?:/i.test(text.slice(at + 1, at + 20));
        if (text.length - from <= (isUrl ? LONGEST_URL : LONGEST_TEXT)) return false;
      }
      if (found !== undefined && found.target !== '' && found.end - from <= LONGEST_URL) {
        brackets.pop();
        makeLink(bracket, cleanText(found.target));
        breaks.splice(0, countOf(text.slice(at, found.end), '\n'));
        at = found.end;
        // A link has no link in it, but for pictures.
        if (bracket.item.text === '[') for (const around of brackets.slice(firstBracket)) around.isActive &&= around.item.text !== '[';
        pairUp();
        return true;
      }
    }
    brackets.pop();
    say(']');
    at += 1;
    pairUp();
    return true;
  };

  const readUrl = (scheme: string): boolean => {
    if (ENDS_IN_WORD.test(before())) {
      say(scheme.slice(0, -3));
      at += scheme.length - 3;
      return true;
    }
    URL_RUN.lastIndex = at;
    const run = URL_RUN.exec(text)?.[0] ?? scheme;
    // What follows may be `](`, of which the bracket is not part of the URL.
    if (at + run.length >= text.length - 1 && run.length <= LONGEST_URL && !isLineDone()) return false;
    const url = run.length > LONGEST_URL ? run.slice(0, LONGEST_URL) : bareUrl(run);
    if (run.length > LONGEST_URL || url.length <= scheme.length) show(inlineCode(url.length <= scheme.length ? scheme : cleanText(url)));
    else show(shownTarget(cleanText(url)));
    at += Math.max(url.length, scheme.length);
    return true;
  };

  const readSpecial = (special: string): boolean => {
    switch (special) {
      case '\\':
        return readEscape();
      case '`':
        return readCode();
      case '*':
      case '_':
      case '~':
      case '|':
        return readRun(special);
      case '<':
        return readTagAt();
      case '&':
        return readEntity();
      case '!':
      case '[':
        return openBracket();
      case ']':
        return closeBracket();
      case '$':
        return readDollar();
      case '\n':
        items.push({ kind: 'break', text: breaks.shift() ?? '\n' });
        at += 1;
        return true;
      default:
        return readUrl(special);
    }
  };

  const expireBrackets = (): void => {
    let first = brackets[firstBracket];
    if (first === undefined || dropped + at - first.from <= LONGEST_TEXT) return;
    while (first !== undefined && dropped + at - first.from > LONGEST_TEXT) {
      first.isActive = false;
      firstBracket += 1;
      first = brackets[firstBracket];
    }
    pairUp();
  };

  /** What closes something is written by what comes behind it: while that is not known, it waits from where it began. */
  const decidedUpTo = (to: number): number => {
    let upTo = to;
    const last = to - itemsTaken - 1;
    for (let index = last; index > last - LOOK_AHEAD; index -= 1) {
      const item = items[index];
      if (item?.kind !== 'run' || item.left > 0) break;
      if (item.closes !== undefined) upTo = Math.min(upTo, item.from);
    }
    return upTo;
  };

  const read = (): void => {
    if (fenceAt !== undefined) return;
    isInFormula = false;
    while (at < text.length) {
      expireBrackets();
      SPECIAL.lastIndex = at;
      const found = SPECIAL.exec(text);
      let to = found?.index ?? text.length;
      if (found === null && !isLineDone()) to -= MAY_BECOME_URL.exec(`${previous}${text.slice(-16)}`.slice(-16))?.[0].length ?? 0;
      say(text.slice(at, Math.max(to, at)));
      at = Math.max(to, at);
      if (found === null) break;
      expireBrackets();
      if (!readSpecial(found[0])) break;
    }
    const first = brackets[firstBracket];
    const keepFrom = Math.min(at, first?.isActive === true ? first.from - dropped : at);
    if (keepFrom === 0) return;
    previous = `${previous}${text.slice(Math.max(keepFrom - 16, 0), keepFrom)}`.slice(-16);
    text = text.slice(keepFrom);
    at -= keepFrom;
    dropped += keepFrom;
    codeSpans.drop(keepFrom);
  };

  return {
    begin: (newLineBreak) => {
      lineBreak = newLineBreak;
      text = '';
      at = 0;
      dropped = 0;
      previous = '';
      line = '';
      takenOfLine = 0;
      lineFrom = 0;
      isLineWhole = false;
      isEnd = false;
      fenceAt = undefined;
      fixed = NO_MARKS;
      longRunTo = -1;
      breaks.length = 0;
      items = [];
      itemsTaken = 0;
      decided = 0;
      brackets.length = 0;
      firstBracket = 0;
      queue.length = 0;
      runs = 0;
      runsPaired = 0;
      codeSpans.begin();
      pairing.begin();
    },
    line: (sofar, isWhole) => {
      const to = isWhole ? sofar.length : sofar.length - undecidedTail(sofar);
      if (to > takenOfLine) text += sofar.slice(takenOfLine, to);
      takenOfLine = Math.max(to, takenOfLine);
      isLineWhole = isWhole;
      line = sofar;
      read();
    },
    breakLine: (shown) => {
      text += '\n';
      breaks.push(shown);
      isLineWhole = false;
      takenOfLine = 0;
      lineFrom = dropped + text.length;
    },
    end: () => {
      isEnd = true;
      read();
      for (const bracket of brackets) bracket.isActive = false;
      pairUp();
    },
    take: () => {
      const known = isEnd ? place() : Math.min(place(), pairing.oldest(queue[0]?.at ?? dropped + at)?.from ?? place(), queue[0]?.place ?? place(), brackets[firstBracket]?.place ?? place());
      const to = isLineDone() && known === place() ? known : decidedUpTo(known);
      const ready = to === place() ? items : items.splice(0, to - itemsTaken);
      if (ready === items) items = [];
      itemsTaken += ready.length;
      decided = known - itemsTaken;
      return ready;
    },
    ahead: () => items.slice(0, Math.min(decided, LOOK_AHEAD)),
    get isHeld() {
      return items.length > 0 || at < text.length;
    },
    get isInFormula() {
      return isInFormula;
    },
    get fenceAt() {
      return fenceAt;
    },
  };
};
