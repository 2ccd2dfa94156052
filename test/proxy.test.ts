import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freshFolder, startProcess } from './parley-process.ts';
import { startProxyServer } from './proxy-server.ts';
import { startBedrockSimulator } from './simulators/bedrock.ts';
import { startDiscordSimulator } from './simulators/discord.ts';
import { examineSettings } from '../src/doctor/examine-settings.ts';
import { findProxy } from '../src/settings/proxy.ts';
import type { ParleyProcess } from './parley-process.ts';
import type { ProxyServer } from './proxy-server.ts';
import type { BedrockSimulator } from './simulators/bedrock.ts';
import type { DiscordSimulator } from './simulators/discord.ts';

let discord: DiscordSimulator;
let bedrock: BedrockSimulator;
let proxy: ProxyServer;
let parley: ParleyProcess | undefined;
beforeEach(async () => {
  [discord, bedrock, proxy] = await Promise.all([startDiscordSimulator({ rateLimits: 'off' }), startBedrockSimulator(), startProxyServer()]);
  bedrock.respond({ text: 'Certainly.' });
});
afterEach(async () => {
  parley?.child.kill('SIGKILL');
  await Promise.all([discord.close(), bedrock.close(), proxy.close()]);
});

/** Asks one question of a Parley with this environment. */
const answerWith = async (environment: Readonly<Record<string, string>>): Promise<string> => {
  const ana = discord.addUser({ name: 'ana' });
  const channel = discord.addGuild({ members: [ana] }).addChannel();
  parley = startProcess({ discord, bedrock }, freshFolder(), environment);
  await parley.ready();
  ana.say(channel, `${discord.botUser.mention} hello`);
  return (await discord.waitFor(() => channel.fromBot.find(({ content }) => content !== '' && content !== 'Thinking…'))).content;
};

const hostOf = (url: string): string => new URL(url).host;

describe('a proxy', () => {
  it('is what all connections go through: REST, gateway and Bedrock', async () => {
    expect(await answerWith({ HTTP_PROXY: proxy.url })).toBe('Certainly.');
    expect(discord.gateway.identifies).toHaveLength(1);
    expect(proxy.upgraded).toHaveLength(1);
    expect(proxy.asked).toContain(hostOf(discord.apiUrl));
    expect(proxy.asked).toContain(hostOf(bedrock.url));
  });

  it('is not asked for what NO_PROXY names, nor where NODE_USE_ENV_PROXY=0 says so', async () => {
    expect(await answerWith({ HTTP_PROXY: proxy.url, NO_PROXY: '127.0.0.1' })).toBe('Certainly.');
    expect([...proxy.asked, ...proxy.upgraded]).toEqual([]);
    expect(findProxy({ HTTPS_PROXY: proxy.url, NODE_USE_ENV_PROXY: '0' })).toBeUndefined();
  });

  it('is told by the doctor', () => {
    const environment = { DISCORD_TOKEN: 'a.discord.token', AWS_BEARER_TOKEN_BEDROCK: 'ABSKsomething', HTTPS_PROXY: 'http://me:secret@proxy.example:3128' };
    const { findings } = examineSettings({ environment, lookedFor: [], file: undefined, namesInFile: [], problem: undefined });
    expect(findings.map(({ says }) => says)).toContain('Discord and Bedrock are reached through the proxy http://proxy.example:3128 (HTTPS_PROXY, HTTP_PROXY).');
  });

  it('is shown without what logs in to it', () => {
    expect(findProxy({ https_proxy: 'http://someone:secret@proxy.example:3128/' })?.shownAddress).toBe('http://proxy.example:3128');
    expect(findProxy({ HTTPS_PROXY: ' ', HTTP_PROXY: 'proxy.example:8080' })?.shownAddress).toBe('http://proxy.example:8080');
    expect(findProxy({ HTTPS_PROXY: '', NO_PROXY: 'localhost' })).toBeUndefined();
  });
});
