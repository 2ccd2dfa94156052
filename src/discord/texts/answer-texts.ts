import { SnowflakeUtil, TimestampStyles, channelMention, time } from 'discord.js';

/** The place of a question and its time, by which a direct message tells what it is about: nobody asks twice in a second. */
export const whereAsked = (channelId: string, questionId: string): string =>
  `${channelMention(channelId)}${/^\d{17,20}$/u.test(questionId) ? ` (${time(Math.floor(SnowflakeUtil.timestampFrom(questionId) / 1_000), TimestampStyles.ShortDateTime)})` : ''}`;

/** What Parley says of itself, beside answers and failures. */
export const EMPTY_QUESTION_TEXT = 'I am listening, but I see no text to answer. Write your question behind my name, or use `/ask`.';

/** To somebody who changed their question before it was asked. */
export const WITHDRAWN_TEXT = 'This message asks me nothing any more, so I do not answer it.';

export const UNREADABLE_REPLY_TEXT =
  'I cannot read this message: without a mention of me (`@` and my name) or a reply with its ping on, Discord does not show me its text.';

/** Of a question that replies to a message, where Discord shows us only what is said to us. */
export const HIDDEN_REPLY_TEXT =
  'Discord does not show me the message that you replied to. Pick "Ask about this" in its menu (right click or long press, then Apps), and I can read it.';

/** The same of one that somebody has passed on right before the question. */
export const HIDDEN_FORWARD_TEXT =
  'Discord does not show me the message that you passed on. Pick "Ask about this" in its menu (right click or long press, then Apps), and I can read it.';

/** Stands where a code block was that no message can show; small print. The file may still be on its way. */
export const codeNoteText = (fileName: string): string => `-# This code comes as a file: \`${fileName}\``;

/** Ends the last message of an answer that goes on; small print. */
export const restNoteText = (fileName: string): string => `-# It goes on, and the whole answer comes as a file: \`${fileName}\``;

/** Ends an answer that goes on, where there is room neither for another message nor for a file; small print. */
export const REST_LEFT_OUT_TEXT = '-# It goes on, but Discord takes no more of it here. Please ask for less at once.';

/** Stands for an answer of nothing but blanks and comments; small print. */
export const NOTHING_TO_SHOW_TEXT = '-# The model wrote nothing that can be shown. Please ask in other words.';

/** For a message that Discord has only come up with since. */
export const UNKNOWN_KIND_TEXT = 'I do not know this kind of message yet, so I cannot read it. Please ask me in an ordinary one.';

export const DMS_OFF_TEXT = 'I do not answer direct messages here. Please ask me on the server.';

/** To whoever has installed the app to their own account. */
export const GUESTS_OFF_TEXT = 'I answer only on servers that have added me, and in direct messages to me.';

export const NOTHING_TO_READ_TEXT = 'I see nothing in this message that I could read: no text, no embed, no file.';

export const PICKED_GONE_TEXT =
  'I do not have the message that you picked any more: I keep it for half an hour. Please pick "Ask about this" in its menu again.';

export const NOT_YOUR_ANSWER_TEXT = 'Only whoever asked, and those who may manage messages here, can use these buttons.';

/** Where its process is gone, and the next one has not come to it yet. */
export const STOPS_SOON_TEXT = 'I was interrupted while I wrote this. It ends here as soon as I come back to it.';

export const NOTHING_TO_STOP_TEXT = 'There is nothing to stop: this answer is not being written any more.';

export const BLOCKED_TEXT = "The answer was blocked by this server's filter.";

/** What is left of a draft that could not be removed. */
export const SUPERSEDED_TEXT = '-# The whole answer is further down.';

/** Instead of a sentence in a channel whose admins want none there, as a direct message. @param why one sentence or more */
export const quietFailureText = (where: string, why: string): string => `What you asked in ${where} has no answer: ${why}`;

/** To whoever wants an answer for nobody else where admins allow none. */
export const PRIVATE_OFF_TEXT = 'Private answers are switched off here. Please ask without `private:`, so that everybody sees the answer.';

/** Ends a draft whose rest Discord did not take; small print. */
export const UNFINISHED_TEXT = '-# ⚠️ Discord did not let me write the rest here.';

/** Below what was written before nothing could be shown any more. */
export const NO_LONGER_TEXT = 'Discord no longer let me write there, so it ends here.';

/** Above an answer that its place did not take, as a direct message. */
export const ELSEWHERE_TEXT = (where: string): string => `Discord did not let me answer in ${where}, so I do it here:`;

/** Below an answer whose files Discord did not take; small print. */
export const NO_FILES_TEXT = '-# Discord took no file here, so all that it takes is in messages.';

export const NOT_MY_ANSWER_TEXT = 'This is no answer of mine.';

export const NOT_YOURS_TO_DELETE_TEXT = 'Only whoever asked, and those who may manage messages here, can delete this answer.';

export const ANSWER_DELETED_TEXT = 'Done: the answer is gone, and I have forgotten what was asked.';

/** While the store takes nothing. */
export const FORGOTTEN_SOON_TEXT = 'My memory cannot be written at the moment. I forget what was asked, and take away what is left of the answer, as soon as it can.';

export const ANSWER_FORGOTTEN_ONLY_TEXT = 'I have forgotten this answer, but Discord does not let me delete its message here.';

/** Of an answer that only its reader sees, whose message nobody else can delete. */
export const PRIVATE_ANSWER_FORGOTTEN_TEXT = 'I have forgotten this answer. Only you see its message: "Dismiss message" below it takes it away.';

/** Below an answer that was taken out of memory; small print. */
export const NOT_REMEMBERED_NOTE = '-# I no longer remember this.';

export const ALREADY_WRITING_TEXT = 'This answer is being written already.';

export const SIBLING_GONE_TEXT = 'I no longer remember that answer.';

/** Where Discord failed half-way. */
export const SIBLING_LATER_TEXT = 'Discord does not take that answer at the moment. I go on with it as soon as it does.';

export const SIBLING_NOT_SHOWN_TEXT = 'I could not show that answer. The one before it stands; please try again in a moment.';

export const ANSWER_FORGOTTEN_TEXT = 'I no longer remember this question. Please ask it again.';

export const ANSWER_REPLACED_TEXT = 'There is a newer answer to this question: please use the buttons below that one.';

export const ANSWER_CONTINUED_TEXT = 'This answer goes on below: please use the buttons there.';

/** Below an answer that can only be changed for as long as its interaction lives. */
export const GREW_TOO_LONG_TEXT = 'Discord lets me write on an answer like this for 15 minutes only, so it ends here. Please ask for less at once.';

/** For a command, a button or a form that nobody here knows: of an older version, or of a newer one. */
export const UNKNOWN_INTERACTION_TEXT = 'I do not know this command or button, or not any more. Type `/` to see what I can do.';

export const RESTARTING_TEXT = 'I am just restarting. Please ask again in a minute.';

/** What the buttons are called that ask the same once more after a failure. */
export const TRY_AGAIN = 'Try again';

/** What kept us from answering in time: Discord took nothing, or the process was gone or stood still. */
const whyLate = (isHeldUp: boolean): string => (isHeldUp ? 'I could not reach Discord in time to answer' : 'I was interrupted before I could answer');

/** @param askerId named where there is no message to reply to; nobody is pinged by it */
export const interruptedText = (askerId: string | undefined, isHeldUp: boolean): string =>
  `${askerId === undefined ? '' : `<@${askerId}>: `}${whyLate(isHeldUp)} this. Press **${TRY_AGAIN}**, and I will.`;

/** The same where the question may not be read any more: no press would get its answer. */
export const unreadableText = (askerId: string | undefined): string =>
  `${askerId === undefined ? '' : `<@${askerId}>: `}I was interrupted before I could answer this, and may not read it any more. Please ask it again.`;

/** The same as a direct message, where nothing can be said any more in the place of the question. */
export const interruptedThereText = (where: string, isHeldUp: boolean): string =>
  `${whyLate(isHeldUp)} what you asked in ${where}. Please ask it again.`;

/** Below what was written of an answer whose end could not be told in its place; small print. */
export const INTERRUPTED_TEXT = 'I was interrupted before I could finish this. Please ask it again.';

/** Below the beginning of an answer that went to its asker directly. */
export const DIRECT_CUT_OFF_TEXT = 'I was interrupted before I could send you the rest of this. Please ask it again.';

/** Where a question waited for Discord when its conversation was forgotten: nobody knows any more what was asked. @param askerId where nothing else tells whom it is for */
export const forgottenText = (askerId: string | undefined): string => `${askerId === undefined ? '' : `<@${askerId}>: `}This conversation was reset before I could answer this. Please ask it again.`;

/** The same as a direct message. */
export const forgottenThereText = (where: string): string => `The conversation was reset before I could answer what you asked in ${where}. Please ask it again.`;

/** Begins what is said of several questions of one member. */
export const NOT_ACCEPTED_TEXT = 'Too many questions are waiting for an answer already, so I did not accept';

export const RETRY_OVER_TEXT = 'This question cannot be tried again any more. Please ask it anew.';

export const RETRY_UNDER_WAY_TEXT = 'I am working on this already.';

/** Instead of an answer that has no place, as a direct message. */
export const NO_PLACE_TEXT = (channelId: string): string =>
  `I may not write in <#${channelId}>, so I cannot answer you there. Somebody who manages the server can give me "View Channel" and "Send Messages" in it, or add me again where I was removed.`;

/** To whoever presses yes or no below a price that is somebody else's. */
export const NOT_YOUR_PRICE_TEXT = 'Only whoever asked can say yes or no to this.';

/** Below the price of files, when their asker does not want to have them answered. */
export const DECLINED_TEXT = '-# Not answered.';

/** While the store does not tell whose a question is. It may be the last word: a process that is killed says nothing more. Too short to tell alone of which question it was said. */
export const UNDECIDED_TEXT =
  'My database does not answer, so I cannot tell whether somebody has this question already. I keep trying, and answer here as soon as I can. If nothing has come in 15 minutes, please ask again.';

/** In its place, when that has come to nothing. */
export const STORE_AWAY_TEXT = 'My database did not answer in time, so this question got no answer. Please ask again; if it goes on, an admin can find the reason in my log.';
