/** The name of a thread whose question has no words that could be one. */
export const plainThreadTitle = (askerName: string): string => `A question by ${askerName}`;
