import { ButtonStyle, ComponentType, InteractionType } from 'discord-api-types/v10';
import type { FileToSend, ModalValues } from './api.ts';
import { OptionReader } from './command-options.ts';
import type { Handles } from './handle-registry.ts';
import type { InteractionRecord } from './interactions.ts';
import { attachmentPayload } from './message-payload.ts';
import { dispatchInteraction, installedIn, ownersOf, refuseStranger } from './people-interactions.ts';
import type { MessageRecord, UserRecord } from './records.ts';
import type { Fields } from './shape.ts';
import { fieldsOf } from './shape.ts';
import type { World } from './world.ts';

const MAXIMUM_INPUT = 4000;

export interface ComponentUse {
  /** What is chosen in a select. */
  readonly values?: readonly string[] | undefined;
  /** By somebody who does not see the message, and sends what its buttons, or buttons that it does not have, would send. */
  readonly isReplayed?: boolean | undefined;
}

/** Clicks a button, or chooses in a select where values are given. */
export function useComponent(
  handles: Handles,
  user: UserRecord,
  message: MessageRecord,
  customId: string,
  { values, isReplayed = false }: ComponentUse = {},
): InteractionRecord {
  const { world } = handles;
  const { channel } = message;
  refuseStranger(world, user, channel);
  if (message.deleted) throw new Error(`${user.name}: the message is deleted`);
  if (!isReplayed && message.viewerIds && !message.viewerIds.includes(user.id)) throw new Error(`${user.name} does not see this ephemeral message`);
  const component = findComponent(message.components, customId) ?? (isReplayed ? madeUp(customId, values) : undefined);
  if (!component) throw new Error(`No component "${customId}" on the message; it has ${JSON.stringify(message.components)}`);
  if (component['disabled'] === true && !isReplayed) throw new Error(`The component "${customId}" is disabled`);
  const button = component['type'] === ComponentType.Button;
  if (button !== (values === undefined)) throw new Error(`The component "${customId}" is ${button ? 'a button' : 'a select'}`);
  if (component['style'] === ButtonStyle.Link) throw new Error(`The component "${customId}" is a link`);
  const chosen = values && chosenIn(world, message, component, values);
  const data = { custom_id: customId, component_type: component['type'], id: Number(component['id'] ?? 1), ...chosen };
  const fields = {
    kind: 'component' as const,
    type: InteractionType.MessageComponent,
    user,
    channel,
    locale: 'en-US',
    source: message,
    owners: message.interaction?.owners ?? ownersOf(installedIn(channel, {}), channel, user),
    commandName: undefined,
  };
  return dispatchInteraction(handles, fields, data);
}

/** A component that was on no message. */
function madeUp(customId: string, values: readonly string[] | undefined): Fields {
  if (values === undefined) return { type: ComponentType.Button, style: ButtonStyle.Secondary, custom_id: customId };
  return { type: ComponentType.StringSelect, custom_id: customId, options: values.map((value) => ({ value })) };
}

function findComponent(components: readonly unknown[], customId: string): Fields | undefined {
  for (const entry of components) {
    const component = fieldsOf(entry);
    if (component['custom_id'] === customId) return component;
    const { components: nested, accessory } = component;
    const found = findComponent([...(Array.isArray(nested) ? nested : []), ...(accessory ? [accessory] : [])], customId);
    if (found) return found;
  }
  return undefined;
}

function chosenIn(world: World, message: MessageRecord, component: Fields, values: readonly string[]) {
  const minimum = Number(component['min_values'] ?? 1);
  const maximum = Number(component['max_values'] ?? 1);
  if (values.length < minimum || values.length > maximum) throw new Error(`Choose ${minimum} to ${maximum}`);
  if (component['type'] !== ComponentType.StringSelect) {
    const reader = new OptionReader(world, message.channel);
    for (const id of values) reader.addChosen(component['type'] as ComponentType, id);
    return { values, resolved: reader.resolved };
  }
  const offered = Array.isArray(component['options']) ? component['options'].map((option) => fieldsOf(option)['value']) : [];
  const foreign = values.find((value) => !offered.includes(value));
  if (foreign !== undefined) throw new Error(`${foreign} is not one of ${offered.join(', ')}`);
  return { values };
}

export function submitModal(handles: Handles, user: UserRecord, shownBy: InteractionRecord | undefined, values: ModalValues): InteractionRecord {
  const modal = shownBy?.modal;
  if (!shownBy || !modal || shownBy.user !== user) throw new Error(`${user.name} has no such modal open`);
  const filler = new ModalFiller(handles.world, values);
  const components = modal.components.map((row) => filler.fill(fieldsOf(row)));
  const data = { custom_id: modal.custom_id, components, resolved: filler.resolved };
  const { channel, locale, source, metadata } = shownBy;
  const { owners } = metadata;
  const fields = { kind: 'modalSubmit' as const, type: InteractionType.ModalSubmit, user, channel, locale, source, owners, commandName: undefined };
  return dispatchInteraction(handles, fields, data);
}

class ModalFiller {
  readonly resolved: Record<string, Record<string, unknown>> = {};
  readonly #world: World;
  readonly #values: ModalValues;
  #id = 0;

  constructor(world: World, values: ModalValues) {
    this.#world = world;
    this.#values = values;
  }

  fill(row: Fields): unknown {
    this.#id += 1;
    const { type, component, components } = row;
    if (type === ComponentType.Label) return { type, id: this.#id, component: this.#field(fieldsOf(component)) };
    const parts = Array.isArray(components) ? components.map((part) => this.#field(fieldsOf(part))) : [];
    return type === ComponentType.ActionRow ? { type, id: this.#id, components: parts } : { type, id: this.#id };
  }

  #field(part: Fields): unknown {
    this.#id += 1;
    const id = String(part['custom_id']);
    const given = this.#values[id];
    const required = part['required'] !== false;
    const base = { type: part['type'], id: this.#id, custom_id: id };
    if (part['type'] === ComponentType.TextInput) return { ...base, value: typed(part, id, given ?? part['value'] ?? '', required) };
    if (part['type'] === ComponentType.Checkbox) return { ...base, value: given === true };
    if (typeof given === 'string') return { ...base, value: given };
    const list = Array.isArray(given) ? given : [];
    if (required && list.length === 0) throw new Error(`The field ${id} is required`);
    return { ...base, values: list.map((entry: string | FileToSend) => (typeof entry === 'string' ? entry : this.#upload(entry))) };
  }

  #upload(file: FileToSend): string {
    const attachment = this.#world.files.add(this.#world.applicationId, file, true);
    (this.resolved['attachments'] ??= {})[attachment.id] = attachmentPayload(attachment);
    return attachment.id;
  }
}

function typed(part: Fields, id: string, value: unknown, required: boolean): string {
  if (typeof value !== 'string') throw new Error(`The field ${id} takes text`);
  const minimum = Number(part['min_length'] ?? 0);
  const maximum = Number(part['max_length'] ?? MAXIMUM_INPUT);
  if (required && value === '') throw new Error(`The field ${id} is required`);
  if (value !== '' && (value.length < minimum || value.length > maximum)) throw new Error(`The field ${id} takes ${minimum} to ${maximum} characters`);
  return value;
}
