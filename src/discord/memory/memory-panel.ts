import { ButtonStyle, ComponentType } from 'discord.js';
import { spokenIn } from '../../conversation/recollection.ts';
import { CANNOT_FORGET_TEXT, MEMORY_LABELS, MEMORY_TITLE, lastText, rememberedText, sharedText, sureText } from '../texts/memory-texts.ts';
import { memoryId } from './memory-id.ts';
import type { APIButtonComponent, APIComponentInContainer, APIMessageTopLevelComponent } from 'discord.js';
import type { Whose } from '../texts/command-texts.ts';
import type { RememberedWords } from '../texts/memory-texts.ts';
import type { MemoryId, Where } from './memory-id.ts';

/** A chain of replies that can be chosen. */
export interface ChainChoice {
  readonly questionId: string;
  readonly label: string;
  readonly detail: string;
}

/** What the panel is drawn of. */
export interface MemoryView extends RememberedWords {
  readonly whose: Whose;
  readonly where: Where;
  readonly isAmongPeople: boolean;
  readonly mayForget: boolean;
  readonly mayUndo: boolean;
  /** The newest first. */
  readonly choices: readonly ChainChoice[];
  /** Said above all: what was done, or why it was not. */
  readonly notice?: string | undefined;
}

export type Panel = readonly APIMessageTopLevelComponent[];

const text = (content: string): APIComponentInContainer => ({ type: ComponentType.TextDisplay, content });
const button = (label: string, id: MemoryId, style: ButtonStyle.Secondary | ButtonStyle.Danger = ButtonStyle.Secondary, disabled = false): APIButtonComponent => ({
  type: ComponentType.Button,
  style,
  label,
  custom_id: memoryId(id),
  ...(disabled ? { disabled } : {}),
});
const panel = (components: readonly APIComponentInContainer[]): Panel => [{ type: ComponentType.Container, components: [...components] }];

const chainSelect = (where: Where, choices: readonly ChainChoice[]): APIComponentInContainer => ({
  type: ComponentType.ActionRow,
  components: [
    {
      type: ComponentType.StringSelect,
      custom_id: memoryId({ action: 'chain', where }),
      placeholder: MEMORY_LABELS.chains,
      options: choices.map(({ questionId, label, detail }) => ({ label, value: questionId, description: detail, default: questionId === where })),
    },
  ],
});

/** What a conversation remembers, and what can be done about it. */
export const memoryPanel = (view: MemoryView): Panel => {
  const { whose, where, isAmongPeople, last, questions, mayRead, mayForget, mayUndo, isAside, underWay, choices, notice } = view;
  const isEmpty = questions === 0 && last === undefined;
  const canForget = !isEmpty || isAside || underWay > 0;
  const buttons = [
    ...(last === undefined ? [] : [button(MEMORY_LABELS.undo, { action: 'undo', where, questionId: last.id }, ButtonStyle.Secondary, !mayUndo)]),
    ...(isEmpty || !mayRead ? [] : [button(MEMORY_LABELS.markdown, { action: 'markdown', where }), button(MEMORY_LABELS.json, { action: 'json', where })]),
    ...(canForget ? [button(MEMORY_LABELS.forget, { action: 'forget', where }, ButtonStyle.Danger, !mayForget)] : []),
  ];
  return panel([
    ...(notice === undefined ? [] : [text(notice)]),
    text(`${MEMORY_TITLE}\n${sharedText(whose, isAmongPeople)}`),
    text(rememberedText(view)),
    ...(last === undefined || !mayRead ? [] : [text(lastText(last, spokenIn(last), mayUndo))]),
    ...(choices.length > 1 ? [chainSelect(where, choices)] : []),
    ...(buttons.length === 0 ? [] : [{ type: ComponentType.ActionRow, components: buttons } as const]),
    ...(canForget && !mayForget ? [text(CANNOT_FORGET_TEXT)] : []),
  ]);
};

/** Asks before all of it is forgotten. */
export const surePanel = ({ whose, where, questions }: Pick<MemoryView, 'whose' | 'where' | 'questions'>): Panel =>
  panel([
    text(sureText(whose, questions)),
    { type: ComponentType.ActionRow, components: [button(MEMORY_LABELS.sure, { action: 'sure', where }, ButtonStyle.Danger), button(MEMORY_LABELS.back, { action: 'show', where })] },
  ]);

/** Says how it ended, and nothing is left to be pressed. */
export const endedPanel = (words: string): Panel => panel([text(words)]);
