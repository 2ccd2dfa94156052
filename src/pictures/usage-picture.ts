/** How light a picture is. Discord does not tell which theme somebody has; each is readable on both. */
export type PictureTheme = 'dark' | 'light';

export interface PictureSeries {
  readonly name: string;
  /** By day. */
  readonly usd: readonly number[];
  readonly tokens: readonly number[];
}

export interface PictureBar {
  readonly name: string;
  readonly usd: number;
  readonly tokens: number;
}

export interface PictureBars {
  readonly title: string;
  readonly bars: readonly PictureBar[];
}

/** What a picture of usage shows. All names are untrusted. */
export interface UsagePicture {
  readonly theme: PictureTheme;
  readonly title: string;
  readonly subtitle: string;
  /** Short: `29 Nov`. */
  readonly days: readonly string[];
  /** Models, as they are stacked. */
  readonly series: readonly PictureSeries[];
  /** Who and where. */
  readonly lists: readonly PictureBars[];
  /** Of the two charts. */
  readonly labels: { readonly usd: string; readonly tokens: string };
}

export interface DrawUsage {
  /** There will be something to draw soon: what draws begins to load. */
  prepare(): void;
  /** As a PNG of 720 pixels' width, twice that of a phone. Rejects when it cannot. */
  draw(picture: UsagePicture): Promise<Buffer>;
}
