// Draws a panel as Discord shows it on a phone: enough of it to see by eye what is cut, crowded or hard to read.
import { ButtonStyle, ComponentType } from 'discord-api-types/v10';

export type Theme = 'dark' | 'light';

/** What is drawn of a component, as it lies on the wire. */
interface Part {
  readonly type: number;
  readonly content?: string;
  readonly label?: string;
  readonly style?: number;
  readonly disabled?: boolean;
  readonly placeholder?: string;
  readonly options?: readonly { readonly label: string; readonly default?: boolean }[];
  readonly components?: readonly Part[];
  readonly accessory?: Part;
}

const WIDTH = 390;
const MARGIN = 12;
const PADDING = 12;
const GAP = 8;
const COLOURS = {
  dark: { page: '#313338', box: '#2b2d31', line: '#3f4147', text: '#dbdee1', faint: '#949ba4', field: '#1e1f22', button: '#4e5058', buttonText: '#ffffff' },
  light: { page: '#ffffff', box: '#f2f3f5', line: '#d9dadd', text: '#313338', faint: '#5c5e66', field: '#ffffff', button: '#e3e5e8', buttonText: '#313338' },
} as const;
const STRONG: Readonly<Record<number, string>> = { [ButtonStyle.Primary]: '#5865f2', [ButtonStyle.Danger]: '#da373c' };

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
/** What Discord makes of marks that matter here; mentions as they read. */
const plain = (text: string): string => text.replaceAll(/<t:(\d+):R>/gu, (_all, at: string) => (Number(at) * 1_000 > Date.now() ? 'in 30 days' : '2 hours ago')).replaceAll(/<t:\d+:f>/gu, '29 November 2026 14:03').replaceAll(/<@&?\d+>/gu, '@someone').replaceAll(/<#\d+>/gu, '#channel').replaceAll(/[*`]/gu, '');
/** How much wider bold signs are, in parts of their size. */
const BOLDER = 0.1;
const widthOf = (text: string, size: number): number => text.length * size * 0.6;

const wrap = (text: string, size: number, width: number): readonly string[] => {
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && widthOf(longer, size) > width) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
};

/** @param components the top of a message */
export const drawPanel = (components: readonly unknown[], theme: Theme): string => {
  const colours = COLOURS[theme];
  const shapes: string[] = [];
  let y = MARGIN;

  /** @param bold so many characters from the beginning */
  const put = (text: string, x: number, size: number, colour: string, bold = 0, anchor = 'start'): void =>
    void shapes.push(`<text x="${x}" y="${y}" font-family="DejaVu Sans" font-size="${size}" text-anchor="${anchor}" fill="${colour}"><tspan font-weight="bold">${escaped(text.slice(0, bold))}</tspan>${escaped(text.slice(bold))}</text>`);
  const words = (content: string, x: number, width: number): void => {
    for (const line of content.split('\n')) {
      const [mark] = /^(?:### |-# |- )/u.exec(line) ?? [''];
      const size = mark === '### ' ? 17 : mark === '-# ' ? 11 : 14;
      const label = /^\*\*(.+?)\*\*/u.exec(line)?.[1] ?? '';
      let bold = mark === '### ' ? line.length : label.length;
      for (const piece of wrap(plain(mark === '- ' ? `• ${line.slice(2)}` : line.slice(mark.length)), size, width - label.length * size * BOLDER)) {
        y += size * 1.35;
        put(piece, x, size, mark === '-# ' ? colours.faint : colours.text, bold);
        bold = mark === '### ' ? bold : 0;
      }
    }
  };
  const rect = (x: number, top: number, width: number, height: number, colour: string, more = ''): void =>
    void shapes.push(`<rect x="${x}" y="${top}" width="${width}" height="${height}" rx="8" fill="${colour}" ${more}/>`);
  const button = ({ label = '', style = 2, disabled = false }: Part, x: number, top: number, width: number): void => {
    rect(x, top, width, 32, STRONG[style] ?? colours.button, disabled ? 'opacity="0.5"' : '');
    const before = y;
    y = top + 21;
    put(label, x + width / 2, 13, STRONG[style] === undefined ? colours.buttonText : '#ffffff', 0, 'middle');
    y = before;
  };
  const buttonWidth = ({ label = '' }: Part): number => widthOf(label, 13) + 24;

  const row = (parts: readonly Part[], left: number, width: number): void => {
    y += GAP;
    const [first] = parts;
    if (first !== undefined && first.type !== ComponentType.Button) {
      rect(left, y, width, 40, colours.field, `stroke="${colours.line}"`);
      y += 25;
      const chosen = first.options?.find((option) => option.default === true)?.label;
      put(`${chosen ?? first.placeholder ?? ''}  ⌄`, left + 12, 14, chosen === undefined ? colours.faint : colours.text);
      y += 15;
      return;
    }
    let x = left;
    for (const part of parts) {
      const wide = Math.min(width, buttonWidth(part));
      if (x > left && x + wide > left + width) {
        x = left;
        y += 40;
      }
      button(part, x, y, wide);
      x += wide + GAP;
    }
    y += 32;
  };

  const draw = (part: Part, left: number, width: number): void => {
    if (part.type === ComponentType.TextDisplay) words(part.content ?? '', left, width);
    else if (part.type === ComponentType.ActionRow) row(part.components ?? [], left, width);
    else if (part.type === ComponentType.Section) {
      const top = y + GAP;
      const wide = part.accessory === undefined ? 0 : buttonWidth(part.accessory);
      for (const inner of part.components ?? []) draw(inner, left, width - wide - GAP);
      if (part.accessory !== undefined) button(part.accessory, left + width - wide, top, wide);
      y = Math.max(y, top + 32) + 4;
    } else if (part.type === ComponentType.Container) {
      const top = y;
      const at = shapes.length;
      for (const inner of part.components ?? []) draw(inner, left + PADDING, width - 2 * PADDING);
      y += PADDING;
      const behind = `<rect x="${left}" y="${top}" width="${width}" height="${y - top}" rx="8" fill="${colours.box}" stroke="${colours.line}"/>`;
      shapes.splice(at, 0, behind);
    }
  };
  for (const part of components) draw(part as Part, MARGIN, WIDTH - 2 * MARGIN);
  const height = Math.ceil(y + MARGIN);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}"><rect width="100%" height="100%" fill="${colours.page}"/>${shapes.join('')}</svg>`;
};
