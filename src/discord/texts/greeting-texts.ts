const DAY_MS = 24 * 60 * 60_000;

/** Said once on a server that has added us. @param historyMs how long an exchange is remembered, in milliseconds */
export const greetingText = (historyMs: number): string => {
  const days = Math.round(historyMs / DAY_MS);
  return [
    'I answer questions with a model on Amazon Bedrock.',
    '- **Ask:** mention me in a message, reply to one of mine, or use `/ask`. `/help` tells the rest.',
    `- **What is kept:** what is said to me and what I answer, for ${days === 1 ? 'a day' : `${days} days`}, so that I can go on from there. \`/memory\` shows it, \`/reset\` forgets it.`,
    '- **Who decides:** those who may manage this server, with `/settings`: who may ask, where, how much, and with which model.',
  ].join('\n');
};
