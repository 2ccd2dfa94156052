import { Routes } from 'discord.js';
import type { APIApplication, REST } from 'discord.js';

/** What Discord says of the application, asked for once; a failure is asked again by whoever wants it next. */
export type KnownApplication = () => Promise<APIApplication>;

export const createKnownApplication = (rest: REST): KnownApplication => {
  let known: Promise<APIApplication> | undefined;
  return async () => {
    try {
      return await (known ??= rest.get(Routes.currentApplication()) as Promise<APIApplication>);
    } catch (error) {
      known = undefined;
      throw error;
    }
  };
};
