import { createRequire } from 'node:module';
import { drawableText } from './drawable-text.ts';
import type * as ECharts from 'echarts';
import type { PictureBar, PictureTheme, UsagePicture } from './usage-picture.ts';

// One file: its modules would be three hundred, and take twenty times as long to load.
const echarts = createRequire(import.meta.url)('echarts/dist/echarts.common.min.js') as typeof ECharts;

/** In pixels; a phone shows half of it. */
const WIDTH = 720;
const EDGE = 24;
const FONT = 'DejaVu Sans';
const SIZES = { title: 30, heading: 25, text: 23 };
const LEGEND_ROW = 38;
const CHART = 230;
const BAR_ROW = 46;
const HEADING = 50;
/** Behind a name in letters that go the other way, what follows would stand before it. */
const LEFT_TO_RIGHT = '\u200E';
const NAME_LENGTH = 30;
const MODEL_LENGTH = 40;

interface Colours {
  readonly back: string;
  readonly text: string;
  readonly faint: string;
  readonly line: string;
  readonly series: readonly string[];
}

/** Told apart also by who sees no red or green. @see https://jfly.uni-koeln.de/color/ */
const COLOURS: Readonly<Record<PictureTheme, Colours>> = {
  dark: { back: '#1e1f22', text: '#f2f3f5', faint: '#b5bac1', line: '#4a4d55', series: ['#56b4e9', '#e69f00', '#2dc297', '#cc79a7', '#f0e442', '#8c9eff', '#a0a5ad'] },
  light: { back: '#ffffff', text: '#1b1c1f', faint: '#4e5058', line: '#c9ccd1', series: ['#0072b2', '#d55e00', '#00785a', '#a6447f', '#8a7a00', '#4752c4', '#70757d'] },
};

const short = (value: number): string => {
  const [size, letter] = value >= 1e9 ? [1e9, 'G'] : value >= 1e6 ? [1e6, 'M'] : value >= 1e3 ? [1e3, 'k'] : [1, ''];
  return `${Number((value / size).toPrecision(3))}${letter}`;
};
/** `$0.004`, `$12.3`, `$1.2k`. */
const dollars = (value: number): string => (value === 0 ? '$0' : value < 0.01 ? `$${Number(value.toPrecision(1))}` : value < 1_000 ? `$${value % 1 === 0 ? value : value.toFixed(value < 10 ? 2 : 1)}` : `$${short(value)}`);

/** Usage as SVG: what a day has cost and how many tokens it took, stacked by model; then who and where. */
export const usageSvg = ({ theme, title, subtitle, days, series, lists, labels }: UsagePicture): string => {
  const colours = COLOURS[theme];
  const text = { color: colours.text, fontFamily: FONT, fontSize: SIZES.text };
  const heading = { ...text, fontSize: SIZES.heading, fontWeight: 'normal' as const };
  const faint = { ...text, color: colours.faint };
  const hasMoney = series.some(({ usd }) => usd.some((one) => one > 0));
  const titles: ECharts.TitleComponentOption[] = [
    { text: drawableText(title, 40), subtext: drawableText(subtitle, 60), left: EDGE, top: EDGE - 4, padding: 0, itemGap: 10, textStyle: { ...text, fontSize: SIZES.title, fontWeight: 'normal' }, subtextStyle: faint },
  ];
  const grids: ECharts.GridComponentOption[] = [];
  const xAxes: ECharts.XAXisComponentOption[] = [];
  const yAxes: ECharts.YAXisComponentOption[] = [];
  const drawn: ECharts.BarSeriesOption[] = [];
  let top = EDGE + 92;

  const legendTop = top;
  top += series.length * LEGEND_ROW + 8;
  const names = series.map(({ name }, index) => `${drawableText(name, MODEL_LENGTH, `model ${index + 1}`)}${'\u200A'.repeat(index)}`);

  const addDays = (kind: 'usd' | 'tokens', label: string): void => {
    const index = grids.length;
    titles.push({ text: label, left: EDGE, top, padding: 0, textStyle: heading });
    top += HEADING;
    grids.push({ left: 116, right: EDGE, top, height: CHART });
    xAxes.push({
      type: 'category',
      gridIndex: index,
      data: [...days],
      axisLine: { lineStyle: { color: colours.line } },
      axisTick: { show: false },
      axisLabel: { ...faint, interval: Math.max(0, Math.ceil(days.length / 5) - 1), showMinLabel: true, hideOverlap: true },
    });
    yAxes.push({ type: 'value', gridIndex: index, splitNumber: 3, splitLine: { lineStyle: { color: colours.line } }, axisLabel: { ...faint, formatter: (value: number) => (kind === 'usd' ? dollars(value) : short(value)) } });
    for (const [at, one] of series.entries()) {
      drawn.push({ type: 'bar', name: names[at] ?? '', stack: kind, xAxisIndex: index, yAxisIndex: index, data: [...one[kind]], barCategoryGap: '18%', color: colours.series[at % colours.series.length] ?? colours.text });
    }
    top += CHART + 60;
  };

  const addBars = (label: string, bars: readonly PictureBar[]): void => {
    const index = grids.length;
    titles.push({ text: drawableText(label, 40), left: EDGE, top, padding: 0, textStyle: heading });
    top += HEADING - 8;
    const height = bars.length * BAR_ROW * 2 * 0.8;
    grids.push({ left: EDGE, right: EDGE, top, height });
    xAxes.push({ type: 'value', gridIndex: index, show: false, max: 'dataMax' });
    yAxes.push({ type: 'category', gridIndex: index, inverse: true, show: false, data: bars.map((_bar, at) => String(at)) });
    drawn.push({
      type: 'bar',
      xAxisIndex: index,
      yAxisIndex: index,
      barWidth: 18,
      color: colours.series[0] ?? colours.text,
      data: bars.map(({ name, usd, tokens }, at) => ({
        value: Math.max(hasMoney ? usd : tokens, 0),
        label: { ...text, show: true, position: [0, -30], formatter: () => `${at + 1}. ${drawableText(name, NAME_LENGTH, '(a name that I cannot draw)')}${LEFT_TO_RIGHT}  ${hasMoney ? `${dollars(usd)} · ` : ''}${short(tokens)}` },
      })),
    });
    top += height + 34;
  };

  if (hasMoney) addDays('usd', labels.usd);
  addDays('tokens', labels.tokens);
  for (const list of lists) if (list.bars.length > 0) addBars(list.title, list.bars);

  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: top });
  try {
    chart.setOption({
      animation: false,
      backgroundColor: colours.back,
      textStyle: text,
      title: titles,
      legend: { data: names, orient: 'vertical', left: EDGE, top: legendTop, itemWidth: 26, itemHeight: 20, itemGap: LEGEND_ROW - 24, selectedMode: false, textStyle: text, backgroundColor: 'transparent' },
      grid: grids,
      xAxis: xAxes,
      yAxis: yAxes,
      series: drawn,
    });
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
};
