import { readUrl } from './bare-url.ts';
import { createBrackets } from './brackets.ts';
import { cleanText, undecidedTail } from './clean-text.ts';
import { LONGEST_SPAN, createCodeSpans, shownCode } from './code-spans.ts';
import { createPairing } from './delimiters.ts';
import { readEntity, readEscape } from './escapes.ts';
import { opensInLine } from './fence.ts';
import { ENDS_IN_WORD, literalLine } from './inline-item.ts';
import { inlineCode, isSameTarget, readLinkEnd, shownTarget, showsAddress } from './links.ts';
import { runEnd, runFlanks } from './mark-runs.ts';
import { formulaEnd } from './math.ts';
import { createReadItems } from './read-items.ts';
import { readTag } from './tags.ts';
import type { Bracket } from './brackets.ts';
import type { Run } from './delimiters.ts';
import type { BracketItem, Item, Read } from './inline-item.ts';
import type { MarkCharacter } from './marks.ts';

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

const SPECIAL = /[\\`*_~|<&[\]!$\n]|https?:\/\//gi;
const MAY_BECOME_URL = /(?<![\p{L}\p{N}_])h(?:t(?:t(?:p(?:s?(?::\/?)?)?)?)?)?$/iu;

const isAstral = (codePoint = 0): boolean => codePoint > 0xffff;

const lineEndsIn = (raw: string): number => raw.split('\n').length - 1;

/**
 * Reads a paragraph as CommonMark does while it grows: code, links, escapes, entities, and which marks belong together.
 * It goes forward only; each decision needs a bounded piece of text, but for marks, which wait for their partner.
 * @param mayOpenBlock backticks in the middle of a line may open a code block
 */
export const createInlineReader = (mayOpenBlock: boolean): InlineReader => {
  const codeSpans = createCodeSpans();
  const brackets = createBrackets();
  const items = createReadItems();
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
  /** How far a run of backticks goes on that is too long to be one. */
  let longRunTo = -1;
  const breaks: string[] = [];

  const isLineDone = (): boolean => isLineWhole || isEnd;
  const before = (): string => {
    const near = at > 1 ? text.slice(at - 2, at) : `${previous}${text.slice(0, at)}`;
    return near.slice(isAstral(near.codePointAt(near.length - 2)) ? -2 : -1);
  };

  /** Goes on behind what was read. False when that depends on what comes next. */
  const accept = (read: Read | 'wait'): boolean => {
    if (read === 'wait') return false;
    if (read.kind === 'shown') items.show(read.text);
    else if (read.kind === 'text') items.say(read.text);
    else items.add({ kind: read.kind, text: read.text });
    at = read.end;
    return true;
  };

  const breakLine = (): void => {
    items.add({ kind: 'break', text: breaks.shift() ?? '\n' });
  };

  const readCode = (): boolean => {
    let inside = at + 1;
    while (text[inside] === '`' && inside - at < LONGEST_SPAN) inside += 1;
    if (dropped + at === longRunTo || inside - at === LONGEST_SPAN) {
      items.say(text.slice(at, inside));
      at = inside;
      longRunTo = dropped + at;
      return true;
    }
    if (inside === text.length && !isLineDone()) return false;
    const run = inside - at;
    const end = codeSpans.endOf(text, at, run, isEnd);
    const inLine = dropped + at - lineFrom;
    if ((end === undefined || end === 'wait') && isLineDone() && mayOpenBlock && run >= 3 && inLine >= 0 && opensInLine(line, inLine, run)) {
      fenceAt = inLine;
      return false;
    }
    if (end === 'wait') return false;
    if (end === undefined) {
      items.say(text.slice(at, inside));
      at = inside;
      return true;
    }
    const raw = text.slice(inside, end);
    const lines = lineEndsIn(raw);
    breaks.splice(0, lines);
    const code = lines === 0 && run < 3 ? text.slice(at, end + run) : shownCode(raw);
    if (code === undefined) items.say(raw.replaceAll('\n', ' '));
    else items.show(code);
    at = end + run;
    return true;
  };

  /** @param isBlock it may have lines of its own */
  const readFormula = (isBlock: boolean): boolean | undefined => {
    const end = formulaEnd(text, at, isEnd);
    isInFormula = end === 'wait' && isBlock;
    if (end === 'wait') return false;
    if (end === undefined) return undefined;
    const [first = '', ...rest] = text.slice(at, end).split('\n');
    items.say(first);
    for (const one of rest) {
      breakLine();
      for (const item of literalLine(one)) if (item.text !== '') items.add(item);
    }
    at = end;
    return true;
  };

  const readBackslash = (): boolean => {
    const next = text.charAt(at + 1);
    const mayBeFormula = next === '(' || (next === '[' && !ENDS_IN_WORD.test(before()));
    const formula = mayBeFormula ? readFormula(true) : undefined;
    return formula ?? accept(readEscape(text, at, before(), isLineDone(), isEnd));
  };

  const readDollar = (): boolean => readFormula(text[at + 1] === '$') ?? accept({ kind: 'text', text: '$', end: at + 1 });

  const readRun = (char: MarkCharacter): boolean => {
    const end = runEnd(text, at, char, isLineDone());
    if (end === 'wait') return false;
    const flanks = runFlanks(text, at, end, char, before());
    if (flanks === undefined) {
      items.say(text.slice(at, end));
    } else {
      const total = end - at;
      const { place } = items;
      const run: Run = { kind: 'run', char, at: dropped + at, fromAt: dropped + at, place, from: place, total, ...flanks, fixed: items.fixed, left: total, opens: undefined, closes: undefined };
      items.add(run);
      brackets.addRun(run);
    }
    at = end;
    return true;
  };

  const readTagAt = (): boolean => {
    const tag = readTag(text, at, isLineDone());
    if (tag === 'wait') return false;
    if (tag.kind === 'link') items.show(shownTarget(cleanText(tag.text)));
    else if (tag.kind === 'break') items.add({ kind: 'break', text: lineBreak });
    // What is left must not join: it could be the two halves of a mention.
    else if (tag.kind === 'comment') items.show('\u200B');
    else items.say(tag.text);
    if (tag.kind === 'kept') items.fixMarksOf(tag.text);
    at = tag.end;
    return true;
  };

  const openBracket = (): boolean => {
    const opener = text[at] === '!' ? text.slice(at, at + 2) : '[';
    if (opener === '!' && !isLineDone()) return false;
    if (!opener.endsWith('[')) {
      items.say('!');
      at += 1;
      return true;
    }
    const item: BracketItem = { kind: 'bracket', text: opener };
    brackets.open({ item, from: dropped + at, inside: dropped + at + opener.length, place: items.place });
    items.add(item);
    at += opener.length;
    return true;
  };

  const makeLink = (bracket: Bracket, target: string): void => {
    const raw = cleanText(text.slice(bracket.inside - dropped, at));
    const isSame = isSameTarget(raw, target);
    const inner = brackets.takeLink();
    bracket.item.kind = 'joint';
    if (isSame || showsAddress(raw)) {
      items.cutTo(bracket.place + 1);
      if (!isSame) items.show(inlineCode(raw.trim()));
    } else {
      const pairs = createPairing();
      for (const run of inner) pairs.add(run);
    }
    if (!isSame) items.say(' (');
    items.show(shownTarget(target));
    if (!isSame) items.say(')');
  };

  const closeBracket = (): boolean => {
    const bracket = brackets.last();
    const link = bracket === undefined ? undefined : readLinkEnd(text, bracket.from - dropped, at, isLineDone(), isEnd);
    if (link === 'wait') return false;
    if (bracket === undefined || link === undefined) {
      brackets.closeLast();
      items.say(']');
      at += 1;
      return true;
    }
    makeLink(bracket, cleanText(link.target));
    breaks.splice(0, lineEndsIn(text.slice(at, link.end)));
    at = link.end;
    return true;
  };

  const readSpecial = (special: string): boolean => {
    switch (special) {
      case '\\':
        return readBackslash();
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
        return accept(readEntity(text, at, before(), isLineDone()));
      case '!':
      case '[':
        return openBracket();
      case ']':
        return closeBracket();
      case '$':
        return readDollar();
      case '\n':
        breakLine();
        at += 1;
        return true;
      default:
        return accept(readUrl(text, at, special, before(), isLineDone()));
    }
  };

  const read = (): void => {
    if (fenceAt !== undefined) return;
    isInFormula = false;
    while (at < text.length) {
      brackets.expire(dropped + at);
      SPECIAL.lastIndex = at;
      const found = SPECIAL.exec(text);
      let to = found?.index ?? text.length;
      if (found === null && !isLineDone()) to -= MAY_BECOME_URL.exec(`${previous}${text.slice(-16)}`.slice(-16))?.[0].length ?? 0;
      items.say(text.slice(at, Math.max(to, at)));
      at = Math.max(to, at);
      if (found === null) break;
      brackets.expire(dropped + at);
      if (!readSpecial(found[0])) break;
    }
    const keepFrom = brackets.neededFrom(dropped + at) - dropped;
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
      longRunTo = -1;
      breaks.length = 0;
      items.begin();
      brackets.begin();
      codeSpans.begin();
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
      brackets.end();
    },
    take: () => items.take(isEnd ? items.place : brackets.undecidedFrom(dropped + at), isLineDone()),
    ahead: () => items.ahead(),
    get isHeld() {
      return !items.isEmpty || at < text.length;
    },
    get isInFormula() {
      return isInFormula;
    },
    get fenceAt() {
      return fenceAt;
    },
  };
};
