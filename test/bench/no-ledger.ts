import type { Claim } from '../../src/conversation/ledger.ts';
import type { LedgerStore } from '../../src/store/ledger-store.ts';

const nothing = (): void => undefined;

/** A ledger that writes nothing down: what the real one costs is the difference. */
export const createLedgerStore = (): LedgerStore => ({
  processes: { owner: 'this', isAlive: async () => false },
  open: async () => undefined,
  claim: async ({ id, conversationId, asker, askedAt }, place): Promise<Claim> => ({
    row: {
      questionId: id,
      conversationId,
      askerId: asker.id,
      state: 'accepted',
      acceptedAt: askedAt,
      deadline: askedAt,
      attempts: 1,
      place,
      messageIds: [],
      hadFiles: false,
    },
    onDisk: Promise.resolve(),
    isOurs: async () => true,
    isInDoubt: () => false,
    yield: () => undefined,
    onTaken: nothing,
    shown: nothing,
    removed: nothing,
    takenBack: nothing,
    moved: nothing,
    end: nothing,
    direct: () => undefined, release: nothing,
  }),
  takeAbandoned: async () => [],
  find: async () => undefined,
  openElsewhere: async () => [],
  takeBack: async () => false,
  isOpenIn: async () => false,
  join: async () => true,
  ids: async function* () {},
  latestAskers: async () => [],
  reopen: async () => undefined,
  forget: async () => [],
  quiet: () => undefined,
  flush: async () => undefined,
  close: async () => undefined,
});
