import type { KeyNews } from '../bedrock/key-keeper.ts';
import type { Log } from '../log/log.ts';

const minutes = (ms: number): number => Math.max(0, Math.round(ms / 60_000));

/** One line of the log for each change in the key's life. Never the key. */
export const reportKey = (log: Log, news: KeyNews): void => {
  switch (news.type) {
    case 'expiring':
      log.warn({ remainingMinutes: minutes(news.remainingMs) }, 'the Bedrock API key expires soon: make a new one');
      return;
    case 'expired':
      log.error({}, 'the Bedrock API key has expired: until there is a new one, no question can be answered');
      return;
    case 'replaced':
      log.info(
        news.expiresAt === undefined ? {} : { expiresAt: new Date(news.expiresAt).toISOString() },
        'a new Bedrock API key is in use',
      );
      return;
    case 'wrong-region':
      log.error({ keyRegion: news.region }, 'the new Bedrock API key is for another region than AWS_REGION, so it is not used');
      return;
    case 'command-failed':
      log.error({ reason: news.reason }, 'AWS_BEARER_TOKEN_BEDROCK_COMMAND gave no key; I run it again until it does');
      return;
    case 'command-slow': {
      const seconds = news.longestMs === undefined ? undefined : Math.round(news.longestMs / 1_000);
      log.warn({ seconds }, 'AWS_BEARER_TOKEN_BEDROCK_COMMAND is still running; I wait for so many seconds, then I run it again');
    }
  }
};
