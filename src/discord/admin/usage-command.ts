import { setTimeout as sleep } from 'node:timers/promises';
import { Routes } from 'discord.js';
import { CONTENT_CHECKS_ID } from '../../conversation/call-report.ts';
import { cleanLine } from '../../conversation/question.ts';
import { DIRECT } from '../../usage/account.ts';
import { tokensOf, usdOf } from '../../usage/sum.ts';
import { usageCsv } from '../../usage/usage-csv.ts';
import { lastDays } from '../../usage/usage-report.ts';
import { isKnownOwner } from '../rest/owners.ts';
import { announce, tell } from '../rest/respond.ts';
import {
  CHECKS_NAME,
  DIRECT_NAME,
  NO_PICTURE_TEXT,
  SOMEBODY,
  SOME_PLACE,
  USAGE_PICTURE_WORDS,
  USAGE_REFUSED_TEXTS,
  USAGE_UNREADABLE_TEXT,
  periodText,
  shortDay,
  usageAltText,
  usageText,
  usageTitle,
} from '../texts/usage-texts.ts';
import type { ChatInputCommandInteraction, Client } from 'discord.js';
import type { DrawUsage, PictureTheme, UsagePicture } from '../../pictures/usage-picture.ts';
import type { Sum } from '../../usage/sum.ts';
import type { Share, UsageReport, UsageScope } from '../../usage/usage-report.ts';
import type { KeptChannels } from '../gateway/kept-channels.ts';
import type { Owners } from '../rest/owners.ts';
import type { FindManager } from './managers.ts';

/** Where usage is known. */
export interface UsageParts {
  /** With everything that was reported so far. Rejects when the store does. */
  readonly report: (scope: UsageScope, days: readonly string[]) => Promise<UsageReport>;
  readonly drawing: DrawUsage;
  /** The date of the price list. */
  readonly pricesAsOf: () => string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export interface UsageCommandDependencies extends UsageParts {
  readonly client: Client;
  readonly channels: Pick<KeptChannels, 'open'>;
  readonly owners: Owners;
  readonly findManager: FindManager;
  readonly modelName: (id: string) => string | undefined;
}

const DEFAULT_DAYS = 30;
/** On the picture. */
const LISTED = 5;
/** Models that have a colour of their own. */
const STACKED = 6;
/** How long names are waited for that nobody has told yet, in milliseconds. */
const NAMES_WITHIN_MS = 300;

type Names = Readonly<Record<'model' | 'who' | 'where' | 'server', (id: string) => string>>;

/** What is beyond the models with a colour of their own, in one. */
const stacked = ({ models, days }: UsageReport, names: Names): UsagePicture['series'] => {
  const seriesOf = (name: string, sums: readonly (readonly Sum[])[]) => ({
    name,
    usd: days.map((_day, index) => sums.reduce((all, one) => all + (one[index] === undefined ? 0 : usdOf(one[index])), 0)),
    tokens: days.map((_day, index) => sums.reduce((all, one) => all + (one[index] === undefined ? 0 : tokensOf(one[index])), 0)),
  });
  const rest = models.slice(STACKED);
  return [
    ...models.slice(0, STACKED).map(({ modelId, days: sums }) => seriesOf(names.model(modelId), [sums])),
    ...(rest.length === 0 ? [] : [seriesOf(`${rest.length} more models`, rest.map((one) => one.days))]),
  ];
};

const barsOf = (shares: readonly Share[], nameOf: (id: string) => string) => shares.slice(0, LISTED).map(({ id, sum }) => ({ name: nameOf(id), usd: usdOf(sum), tokens: tokensOf(sum) }));

const pictureOf = (report: UsageReport, names: Names, theme: PictureTheme): UsagePicture => ({
  theme,
  title: usageTitle(report.scope),
  subtitle: `${periodText(report.days)}, UTC`,
  days: report.days.map(shortDay),
  series: stacked(report, names),
  lists: [
    { title: USAGE_PICTURE_WORDS.who, bars: barsOf(report.who, names.who) },
    { title: USAGE_PICTURE_WORDS.where, bars: barsOf(report.where, names.where) },
  ],
  labels: USAGE_PICTURE_WORDS,
});

/** `/usage`: what was used, in words, as a picture and as a table. Only the asker sees it. */
export const createUsageCommand = ({ report, drawing, pricesAsOf, now, client, channels, owners, findManager, modelName }: UsageCommandDependencies) => {
  /** The widest scope that somebody may see, or the one that they ask for; where they may not, which it was. */
  const scopeFor = async (interaction: ChatInputCommandInteraction): Promise<UsageScope | 'server' | 'bot'> => {
    const { guildId, user, options } = interaction;
    const asked = options.getString('of');
    if (asked === 'me') return { is: 'member', memberId: user.id };
    if (asked !== 'server' && (await isKnownOwner(owners, user.id))) return { is: 'bot' };
    if (asked === 'all') return 'bot';
    if (guildId !== null && (await findManager(interaction)) !== undefined) return { is: 'server', guildId };
    return asked === 'server' ? 'server' : { is: 'member', memberId: user.id };
  };

  /** Asked for where nobody who is named has spoken lately. */
  const nameOf = async (id: string): Promise<string | undefined> => {
    const known = client.users.cache.get(id);
    if (known !== undefined) return known.globalName ?? known.username;
    const user = (await client.rest.get(Routes.user(id)).catch(() => undefined)) as { global_name?: unknown; username?: unknown } | undefined;
    const name = user?.global_name ?? user?.username;
    return typeof name === 'string' ? name : undefined;
  };
  const namesFor = async ({ who, scope }: UsageReport): Promise<Names> => {
    const found = new Map<string, string>();
    const asking = who.slice(0, LISTED).map(async ({ id }) => {
      const name = await nameOf(id);
      if (name !== undefined) found.set(id, name);
    });
    await Promise.race([Promise.all(asking), sleep(NAMES_WITHIN_MS, undefined, { ref: false })]);
    const memberName = (id: string): string => {
      const known = found.get(id) ?? client.users.cache.get(id)?.username;
      return known === undefined ? SOMEBODY : cleanLine(known, 80);
    };
    const server = (id: string): string => (id === DIRECT ? DIRECT_NAME : cleanLine(client.guilds.cache.get(id)?.name ?? SOME_PLACE, 100));
    const channelName = (id: string): string => {
      const channel = channels.open(id);
      return channel === undefined || channel.isDMBased() ? SOME_PLACE : `#${cleanLine(channel.name, 100)}`;
    };
    return { model: (id) => (id === CONTENT_CHECKS_ID ? CHECKS_NAME : (modelName(id) ?? id)), who: memberName, where: scope.is === 'server' ? channelName : server, server };
  };

  return async (interaction: ChatInputCommandInteraction): Promise<void> => {
    await announce(interaction);
    const scope = await scopeFor(interaction);
    if (typeof scope === 'string') return tell(interaction, USAGE_REFUSED_TEXTS[scope]);
    drawing.prepare();
    let found: UsageReport;
    try {
      found = await report(scope, lastDays(now(), interaction.options.getInteger('days') ?? DEFAULT_DAYS));
    } catch {
      return tell(interaction, USAGE_UNREADABLE_TEXT);
    }
    const names = await namesFor(found);
    const content = usageText(found, names, pricesAsOf());
    if (found.total.calls === 0) return tell(interaction, content);
    const theme = interaction.options.getString('theme') === 'light' ? 'light' : 'dark';
    const picture = await drawing.draw(pictureOf(found, names, theme)).catch(() => undefined);
    const table = { attachment: Buffer.from(usageCsv(found, names)), name: 'usage.csv' };
    const drawn = picture === undefined ? [] : [{ attachment: picture, name: 'usage.png', description: usageAltText(found, names) }];
    const words = picture === undefined ? `${content}\n${NO_PICTURE_TEXT}` : content;
    try {
      await interaction.editReply({ content: words, files: [...drawn, table] });
    } catch {
      // What Discord does not take with files, it may take without.
      await tell(interaction, content);
    }
  };
};
