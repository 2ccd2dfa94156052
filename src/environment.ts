import { config as loadDotenv } from 'dotenv';
import type { Environment } from './secret-settings.ts';

/** The environment, with what a file `.env` adds to it. */
export const loadEnvironment = ({ env }: Pick<NodeJS.Process, 'env'>): Environment => {
  loadDotenv({ quiet: true });
  return env;
};
