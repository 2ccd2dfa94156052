/** One line of figures. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Exposition {
  readonly samples: readonly Sample[];
  /** What each figure is called, without what a histogram adds to its name. */
  readonly families: ReadonlySet<string>;
  /** All names that a query can ask for. */
  readonly names: ReadonlySet<string>;
  labelsOf(name: string): readonly string[];
  /** What is not as the format wants it. */
  readonly problems: readonly string[];
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(.*)\\})? (\\S+)$`, 'u');
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/gu;
const SUFFIXES = ['_bucket', '_sum', '_count'];

const numberOf = (text: string): number => {
  if (/^[+-]?Inf$/u.test(text)) return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return /^nan$/iu.test(text) ? Number.NaN : Number(text);
};

/**
 * Reads Prometheus' text format, strictly.
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */
export const readExposition = (text: string): Exposition => {
  const types = new Map<string, string>();
  const helps = new Set<string>();
  const samples: Sample[] = [];
  const problems: string[] = [];
  const seen = new Set<string>();
  if (!text.endsWith('\n')) problems.push('the last line does not end');
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const [, word, about = '', rest = ''] = /^# (HELP|TYPE) (\S+) (.*)$/u.exec(line) ?? [];
    if (word === 'HELP') helps.add(about);
    else if (word === 'TYPE') types.set(about, rest);
    else {
      const [, name = '', inBraces = '', value = ''] = SAMPLE.exec(line) ?? [];
      const labels = Object.fromEntries([...inBraces.matchAll(LABEL)].map(([, label = '', told = '']) => [label, told]));
      const written = Object.entries(labels).map(([label, told]) => `${label}="${told}"`).join(',');
      if (name === '' || written !== inBraces.replace(/,$/u, '')) problems.push(`no sample: ${line}`);
      if (Number.isNaN(numberOf(value)) && !/^nan$/iu.test(value)) problems.push(`no value: ${line}`);
      if (seen.has(`${name}{${written}}`)) problems.push(`twice: ${line}`);
      seen.add(`${name}{${written}}`);
      samples.push({ name, labels, value: numberOf(value) });
    }
  }
  const familyOf = (name: string): string => {
    const suffix = SUFFIXES.find((end) => name.endsWith(end) && types.get(name.slice(0, -end.length)) === 'histogram');
    return suffix === undefined ? name : name.slice(0, -suffix.length);
  };
  for (const { name } of samples) if (!types.has(familyOf(name))) problems.push(`no type: ${name}`);
  for (const [name, type] of types) {
    if (!helps.has(name)) problems.push(`no help: ${name}`);
    if (type === 'counter' && !name.endsWith('_total')) problems.push(`a counter that does not say so: ${name}`);
  }
  return {
    samples,
    families: new Set(types.keys()),
    names: new Set([...types].flatMap(([name, type]) => (type === 'histogram' ? SUFFIXES.map((suffix) => name + suffix) : [name]))),
    labelsOf: (name) => samples.filter((sample) => sample.name === name).flatMap(({ labels }) => Object.keys(labels)),
    problems,
  };
};
