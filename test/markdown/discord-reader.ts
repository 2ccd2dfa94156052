/** What stands for code in the text that is left. */
export const CODE_MARK = '\uFFFC';

const ESCAPE = /\\[^0-9A-Za-z\s]/y;
const BLOCK = /```(?:[a-z0-9_+\-.#]+?\n)?\n*[^\n][^]*?\n*```/iy;
const SPAN = /(`+)([\s\S]*?[^`])\1(?!`)/y;

/** A message without what Discord shows as code, read from left to right by the rules of its clients. */
export const discordProse = (message: string): string => {
  let prose = '';
  for (let at = 0; at < message.length; ) {
    const found = [ESCAPE, BLOCK, SPAN].find((pattern) => {
      pattern.lastIndex = at;
      return pattern.test(message);
    });
    if (found === ESCAPE) prose += message.slice(at, ESCAPE.lastIndex);
    else prose += found === undefined ? message.charAt(at) : CODE_MARK;
    at = found === undefined ? at + 1 : found.lastIndex;
  }
  return prose;
};

/** What is live in a message although nothing in an answer should be. */
export const liveThings = (message: string): string[] => {
  const prose = discordProse(message);
  const unwrapped = prose.replace(/<https?:\/\/[^\s<>]+>/gi, '<>');
  const patterns: [string, RegExp][] = [
    [prose, /@(?:everyone|here)/gi],
    [prose, /<@[!&]?\d+>/g],
    [prose, /\]\(/g],
    [unwrapped, /https?:\/\/\w[^\s<]*/gi],
    [prose, /discord(?:app)?\.(?:gg|com\/invite)\/\w+/gi],
    [prose, /[\u202A-\u202E\u2066-\u2069\u200E\u200F\u061C\uFEFF\u00AD\u2060]/g],
  ];
  return patterns.flatMap(([text, pattern]) => text.match(pattern) ?? []);
};
