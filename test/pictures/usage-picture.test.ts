import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { drawableText } from '../../src/pictures/drawable-text.ts';
import { createDrawUsage } from '../../src/pictures/picture-process.ts';
import { usageSvg } from '../../src/pictures/usage-svg.ts';
import type { UsagePicture } from '../../src/pictures/usage-picture.ts';

const HOSTILE = [
  '</text><script>alert(1)</script>',
  '"><image href="file:///etc/hostname"/>',
  '&lt;tspan&gt; ]]> <!-- -- <!DOCTYPE x>',
  '{a|rich} {b} {name}\n{c}',
  'مرحبا שלום \u202Eback',
  '日本語の名前',
  '😀🎉',
  '\u0000\u0008\uFFFE\uFFFF\uD800 broken',
  `Z${'\u0335'.repeat(200)}algo`,
  'x'.repeat(5_000),
];

const picture = (changes: Partial<UsagePicture> = {}): UsagePicture => ({
  theme: 'dark',
  title: 'Usage of this server',
  subtitle: '23 Nov – 29 Nov 2026, UTC',
  days: ['23 Nov', '24 Nov', '25 Nov', '26 Nov', '27 Nov', '28 Nov', '29 Nov'],
  series: [
    { name: 'Claude Haiku 5.5', usd: [1, 2, 3, 0, 0, 1, 9], tokens: [10, 20, 30, 0, 0, 10, 90] },
    { name: 'Amazon Nova 2 Lite', usd: [0, 0, 1, 1, 1, 0, 0], tokens: [0, 0, 100, 100, 100, 0, 0] },
  ],
  lists: [{ title: 'Who', bars: [{ name: 'Ana', usd: 12, tokens: 140 }] }, { title: 'Where', bars: [{ name: '#general', usd: 18, tokens: 400 }] }],
  labels: { usd: 'US dollars per day', tokens: 'Tokens per day' },
  ...changes,
});

describe('a picture of usage', () => {
  const drawing = createDrawUsage();
  const { draw } = drawing;

  it.each(['dark', 'light'] as const)('is a PNG of twice the width of a phone, on its own ground (%s)', async (theme) => {
    const png = await draw(picture({ theme }));
    const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    expect(info.width).toBe(720);
    expect(info.height).toBeGreaterThan(700);
    expect([...data.subarray(0, 3)].every((channel) => (theme === 'dark' ? channel < 60 : channel > 240))).toBe(true);
    expect(png.length).toBeLessThan(200_000);
  });

  it('has letters, with no font but the one that comes along', async () => {
    const [one, other] = [await draw(picture({ title: 'mmmm' })), await draw(picture({ title: 'wwww' }))];
    expect(one.equals(other)).toBe(false);
  });

  it('shows a name as text, whatever it is, and none is longer than its line', async () => {
    const bars = HOSTILE.map((name) => ({ name, usd: 1, tokens: 1 }));
    const hostile = picture({ title: HOSTILE[0] ?? '', lists: [{ title: 'Who', bars }], series: HOSTILE.map((name) => ({ name, usd: [1], tokens: [1] })) });
    const svg = usageSvg(hostile);
    expect(svg).not.toMatch(/<(?:script|image|tspan|!DOCTYPE|!--)|<[^>]*href|\u202E/iu);
    // oxlint-disable-next-line no-control-regex -- finding them is the point
    expect(svg).not.toMatch(/[\u0000-\u0008\uFFFE\uFFFF]/u);
    expect(svg).toContain('&lt;/text&gt;&lt;script&gt;');
    for (const [text] of svg.matchAll(/(?<=>)[^<>]+(?=<\/text>)/gu)) expect(text.replace(/&\w+;/gu, '.').length).toBeLessThan(60);
    expect((await sharp(await draw(hostile)).metadata()).width).toBe(720);
  });

  it('has no chart of dollars where no price is known, and orders by tokens', () => {
    const svg = usageSvg(picture({ series: [{ name: 'Unknown', usd: [0, 0], tokens: [5, 6] }] }));
    expect(svg).not.toContain('US dollars per day');
    expect(svg).toContain('Tokens per day');
  });

  it('fails where what draws does, and draws the next one', async () => {
    await expect(createDrawUsage('/nowhere/at-all.ts').draw(picture())).rejects.toThrow('without a picture');
    await expect(draw({ ...picture(), days: undefined as never })).rejects.toThrow('without a picture');
    expect((await draw(picture())).length).toBeGreaterThan(1_000);
    drawing.prepare();
    drawing.prepare();
    expect((await draw(picture())).length).toBeGreaterThan(1_000);
  });
});

describe('a name on a picture', () => {
  it('loses what cannot be drawn, and is replaced where nothing is left', () => {
    expect(drawableText('Ana 😀 日本', 20)).toBe('Ana');
    expect(drawableText('日本', 20, 'somebody')).toBe('somebody');
    expect(drawableText('  a \n\t b  ', 20)).toBe('a b');
    expect(drawableText('Zoë Łódź Дима', 20)).toBe('Zoë Łódź Дима');
    expect(drawableText('abcdefghij', 5)).toBe('abcd…');
  });
});
