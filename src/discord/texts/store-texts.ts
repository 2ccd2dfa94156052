/** While the store does not tell whose a question is. It may be the last word: a process that is killed says nothing more. */
export const UNDECIDED_TEXT =
  'My database does not answer right now, and without it I cannot tell whether somebody has this question already. I keep trying, and answer here as soon as I can. If nothing has come within 15 minutes, please ask again.';

/** In its place, when that has come to nothing. */
export const STORE_AWAY_TEXT = 'My database did not answer in time, so this question got no answer. Please ask again; if it goes on, an admin can find the reason in my log.';
