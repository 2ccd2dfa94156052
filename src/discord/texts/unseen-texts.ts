/** Why something that a question points at was not read: short phrases for people and the model, as in "Without `https://…`: it is on another server". */
export const FORBIDDEN = 'whoever asks may not read it';
export const ON_ANOTHER_SERVER = 'it is on another server';
export const ON_A_SERVER = 'links to servers can be followed there alone';
export const CLOSED_OR_GONE = 'it is gone, or closed to this bot';
export const NOT_IN_TIME = 'Discord did not show it in time';
export const WITHHELD = 'Discord shows this bot only what is said to it';
export const BLANK = 'there is nothing in it that can be read';
export const AGE_RESTRICTED = 'it is in an age-restricted channel, and this is none';
/** @param most how many are */
export const tooManyLinksText = (most: number): string => `only ${most} links of a question are followed`;

/** What it is, where it has no link. */
export const THREAD_STARTER = 'the first message of this thread';
