/** The name of a thread whose question has no words that could be one. */
export const plainThreadTitle = (askerName: string): string => `A question by ${askerName}`;

/** Below what was asked by a command; small print. */
export const ANSWER_IN_THREAD_TEXT = '-# I answer in the thread.';

export const THREAD_WORDS = {
  description: 'Go on with this conversation in a thread of its own',
  title: 'What the thread is to be called; without it, the last question',
} as const;

export const NO_THREADS_HERE_TEXT = 'Conversations go on in threads of text and announcement channels of servers that have added me; here there are none.';

/** Where the channel, or the server, does not let the bot. */
export const THREAD_LACKS_TEXT = 'I may not begin threads here: I lack "Create Public Threads" or "Send Messages in Threads".';

export const MAY_NOT_MOVE_TEXT = 'All who ask in this channel share one conversation: only those who manage messages here can move it into a thread.';

export const NO_CHAINS_TEXT = 'Each chain of replies is a conversation of its own here, so there is none to be moved. Reply to an answer to go on from it.';

/** Until the conversation is in it; true whatever ends before that. */
export const BEGINS_THREAD_TEXT = 'A thread for this conversation begins here.';

export const THREAD_REFUSED_TEXT = 'Discord lets me begin no thread here just now, so the conversation stays in this channel. The log of whoever runs me says why.';

/** @param questions how many are remembered in the thread */
export const movedText = (questions: number): string =>
  questions === 0
    ? 'A new conversation begins in this thread. Nobody need mention me there, if I may read messages.'
    : `This conversation goes on in this thread, where I remember ${questions === 1 ? 'its one question and the answer' : `its ${questions} questions and their answers`}. In the channel it begins anew.`;
