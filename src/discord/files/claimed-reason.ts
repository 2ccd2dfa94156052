import { SkipFile } from './skip-file.ts';
import { ARCHIVE, PROGRAM, RECORDING } from './unreadable-kinds.ts';

const REASONS: readonly { readonly extensions: RegExp; readonly types: RegExp; readonly reason: string }[] = [
  {
    extensions: /^(?:mp[234]|m4[abv]|mov|mkv|webm|avi|wmv|mpe?g|flv|3gp|wav|ogg|oga|opus|flac|aac|wma|midi?)$/u,
    types: /^(?:audio|video)\//u,
    reason: RECORDING,
  },
  { extensions: /^(?:zip|7z|rar|t?gz|tar|xz|bz2|zst)$/u, types: /^application\/(?:zip|gzip|x-(?:7z|tar|xz|bzip2|rar)\b)/u, reason: ARCHIVE },
  { extensions: /^(?:exe|msi|dll|dmg|apk|jar|deb|rpm|appimage)$/u, types: /^application\/(?:x-msdownload|vnd\.android)/u, reason: PROGRAM },
];

/**
 * Why a file that is too large to be fetched could not be read if it were smaller, as its name and Discord say; undefined where
 * they do not.
 */
export const claimedReason = (contentType: string | undefined, extension: string | undefined): SkipFile | undefined => {
  // To Discord, TypeScript is a film.
  if (extension === 'ts') return undefined;
  const found = REASONS.find(({ extensions, types }) => extensions.test(extension ?? '') || types.test(contentType ?? ''));
  return found && new SkipFile(found.reason);
};
