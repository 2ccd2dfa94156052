/** A moment as Discord shows it: "in 2 minutes", in the reader's language. @see https://discord.com/developers/docs/reference#message-formatting */
export const relative = (at: number): string => `<t:${Math.ceil(at / 1000)}:R>`;
