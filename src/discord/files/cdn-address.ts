/** Where Discord keeps attachments. @see https://docs.discord.com/developers/reference#image-formatting */
export const DISCORD_CDN_URLS = ['https://cdn.discordapp.com', 'https://media.discordapp.net'] as const;

const ATTACHMENT_PATH = /^\/(?:ephemeral-)?attachments\/./u;
/** Slashes that a server might only see after decoding, when dots before them are no longer resolved by anybody. */
const HIDDEN_SLASH = /%(?:2f|5c)/iu;

const baseUrl = (cdnUrl: string): URL => {
  const base = new URL(cdnUrl);
  if (!/^https?:$/u.test(base.protocol)) throw new TypeError(`${base.origin} is no address of a file store`);
  return base;
};

/**
 * Makes the one door to the network: it gives back the parsed address of an attachment, and nothing for any other address.
 * Addresses are compared as parsed (scheme, host, port, path), because texts can look alike and lead elsewhere.
 *
 * @param cdnUrls origins, each with or without a path that all attachments lie below
 * @throws TypeError when one of them is not an http(s) address
 */
export const createCdnAddress = (cdnUrls: readonly string[]): ((address: string) => URL | undefined) => {
  const bases = cdnUrls.map(baseUrl);
  return (address) => {
    const url = URL.parse(address);
    if (url === null || url.username !== '' || url.password !== '' || HIDDEN_SLASH.test(url.pathname)) return undefined;
    const isBelow = (base: URL): boolean => {
      const prefix = base.pathname.replace(/\/+$/u, '');
      return url.origin === base.origin && url.pathname.startsWith(`${prefix}/`) && ATTACHMENT_PATH.test(url.pathname.slice(prefix.length));
    };
    return bases.some(isBelow) ? url : undefined;
  };
};
