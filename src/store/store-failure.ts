import { Failure } from '../conversation/failure.ts';
import { isFull } from './sqlite-file.ts';

/** Whatever goes wrong with the store in `work` becomes a {@link Failure} that tells whether its disk is full. */
export const asStoreFailure = async <Result>(what: string, work: () => Promise<Result>): Promise<Result> => {
  try {
    return await work();
  } catch (error) {
    throw new Failure(isFull(error) ? 'store-full' : 'store', `${what}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
};
