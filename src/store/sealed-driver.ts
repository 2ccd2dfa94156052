import { setImmediate as breathe } from 'node:timers/promises';
import { keyvStorageCapability } from 'keyv';
import { createRowCipher } from './row-cipher.ts';
import { textOf } from './store-driver.ts';
import type { KeyvStorageEntry } from 'keyv';
import type { RowCipher, StoreKeys } from './row-cipher.ts';
import type { DriverRow, DriverTransaction, Guard, StoreDriver } from './store-driver.ts';

/** The store is encrypted with a key that nobody gave us, or is and nobody gave us one. Nothing of it was touched. */
export class WrongKeyError extends Error {
  override readonly name = 'WrongKeyError';
}

export const WRONG_KEY_CURE = 'Set STORE_ENCRYPTION_KEY to the key that it was encrypted with; to change keys, STORE_ENCRYPTION_OLD_KEY is the one before. Nothing was changed.';

/** Where it is written with which key a table is encrypted, and whether all of it is. */
const PROOF = 'encryption';
const IN_PART = 'in part';
const WHOLE = 'whole';

const PAGE_ROWS = 100;

/**
 * A driver that encrypts each value on its way to another, and decrypts it on its way back; keys of entries, which are ids, stay
 * readable. Without keys it only makes sure that nothing is encrypted. What cannot be decrypted comes back as it lies there, for
 * whoever reads records to set aside. Rejects as the other does, and with `cause` {@link WrongKeyError}.
 */
export class SealedDriver implements StoreDriver {
  readonly capabilities = keyvStorageCapability(this);
  readonly clock;
  readonly #driver: StoreDriver;
  readonly #cipher: RowCipher | undefined;
  #isProven = false;
  #proving: Promise<void> | undefined;

  constructor(driver: StoreDriver, keys?: StoreKeys) {
    this.#driver = driver;
    this.#cipher = keys && createRowCipher(keys);
    this.clock = driver.clock;
  }

  get namespace(): string | undefined {
    return this.#driver.namespace;
  }

  set namespace(namespace: string | undefined) {
    this.#driver.namespace = namespace;
  }

  get(key: string): Promise<string | undefined> {
    return this.#run(async () => this.#open(await this.#driver.get(key)));
  }

  getMany(keys: string[]): Promise<Array<string | undefined>> {
    return this.#run(async () => (await this.#driver.getMany(keys)).map((value) => this.#open(value)));
  }

  has(key: string): Promise<boolean> {
    return this.#run(async () => (await this.#driver.get(key)) !== undefined);
  }

  hasMany(keys: string[]): Promise<boolean[]> {
    return this.#run(async () => (await this.#driver.hasMany?.(keys)) ?? []);
  }

  async set(key: string, value: unknown, expires?: number): Promise<boolean> {
    const text = this.#seal(textOf(value));
    return this.#run(async () => (await this.#driver.set(key, text, expires)) !== false);
  }

  async setMany<Value>(entries: Array<KeyvStorageEntry<Value>>): Promise<boolean[]> {
    const sealed = entries.map((entry) => ({ ...entry, value: this.#seal(textOf(entry.value)) }));
    return this.#run(async () => (await this.#driver.setMany?.(sealed)) ?? []);
  }

  setIfAbsent(key: string, value: string, expires?: number): Promise<boolean> {
    return this.#run(() => this.#driver.setIfAbsent(key, this.#seal(value), expires));
  }

  setManyIfAbsent(entries: Array<KeyvStorageEntry<string>>): Promise<boolean[]> {
    return this.#run(() => this.#driver.setManyIfAbsent(this.#sealAll(entries)));
  }

  exchange(entries: Array<KeyvStorageEntry<string>>, deletedKeys: readonly string[], guard?: Guard): Promise<boolean> {
    const sealed = this.#sealAll(entries);
    const expected = guard?.expected;
    if (guard === undefined || expected === undefined) return this.#run(() => this.#driver.exchange(sealed, deletedKeys, guard));
    return this.#firstForm(expected, (form) => this.#driver.exchange(sealed, deletedKeys, { ...guard, expected: form }));
  }

  transact<Result>(work: (entries: DriverTransaction) => Result): Promise<Result> {
    return this.#run(() =>
      this.#driver.transact((entries) =>
        work({
          get: (key) => this.#open(entries.get(key)),
          set: (key, value, expires) => entries.set(key, this.#seal(textOf(value)), expires),
          change: (key, value) => entries.change(key, this.#seal(textOf(value))),
          setIfAbsent: (key, value, expires) => entries.setIfAbsent(key, this.#seal(textOf(value)), expires),
          delete: (key) => entries.delete(key),
        }),
      ),
    );
  }

  peek(key: string): Promise<string | undefined> {
    return this.#run(async () => this.#open(await this.#driver.peek(key)));
  }

  move(from: string, to: string, expires: number, expectedValue?: string): Promise<boolean> {
    if (expectedValue === undefined) return this.#run(() => this.#driver.move(from, to, expires));
    return this.#firstForm(expectedValue, (form) => this.#driver.move(from, to, expires, form));
  }

  withPrefix(key: string, prefix: string): Promise<Array<readonly [key: string, value: string]>> {
    return this.#run(async () => (await this.#driver.withPrefix(key, prefix)).map(([found, value]) => [found, this.#open(value) ?? value]));
  }

  replace(key: string, expectedValue: string, newValue: string, expires?: number): Promise<boolean> {
    return this.#firstForm(expectedValue, (form) => this.#driver.replace(key, form, this.#seal(newValue), expires));
  }

  delete(key: string): Promise<boolean> {
    return this.#run(() => this.#driver.delete(key));
  }

  deleteMany(keys: string[]): Promise<boolean[]> {
    return this.#run(async () => (await this.#driver.deleteMany?.(keys)) ?? []);
  }

  deleteUnneeded(key: string, prefix: string): Promise<boolean> {
    return this.#run(() => this.#driver.deleteUnneeded(key, prefix));
  }

  async clear(): Promise<void> {
    await this.#run(() => this.#driver.clear());
    this.#isProven = false;
  }

  iterator(): AsyncGenerator<[key: string, value: string], void> {
    return this.entriesWithPrefix('');
  }

  async *entriesWithPrefix(prefix: string): AsyncGenerator<[key: string, value: string], void> {
    await this.#run(async () => undefined);
    for await (const [key, value] of this.#driver.entriesWithPrefix(prefix)) if (key !== PROOF) yield [key, this.#open(value) ?? value];
  }

  sweep(now?: number, limit?: number): number | Promise<number> {
    return this.#driver.sweep(now, limit);
  }

  flush(): Promise<void> {
    return this.#driver.flush();
  }

  hurry(ms: number): void {
    this.#driver.hurry(ms);
  }

  rewrite(): void {
    this.#driver.rewrite();
  }

  rowsBehind(row: Pick<DriverRow, 'namespace' | 'key'> | undefined, limit: number): Promise<DriverRow[]> {
    return this.#driver.rowsBehind(row, limit);
  }

  addRows(rows: readonly DriverRow[]): Promise<void> {
    return this.#driver.addRows(rows);
  }

  async removeAll(): Promise<void> {
    await this.#driver.removeAll();
    this.#isProven = false;
  }

  async disconnect(): Promise<void> {
    await this.#driver.disconnect?.();
  }

  /**
   * Encrypts what is not yet, or with the key before, each entry in a step of its own that changes nothing that was written
   * meanwhile. Resolves to how many there were. What is encrypted with neither key stays as it is.
   */
  async reseal(): Promise<number> {
    const cipher = this.#cipher;
    if (cipher === undefined) return 0;
    await this.#run(async () => undefined);
    const proof = await this.#driver.get(PROOF);
    if (proof === undefined || (cipher.isCurrent(proof) && cipher.open(proof) === WHOLE)) return 0;
    let count = 0;
    let last: DriverRow | undefined;
    for (let isFull = true; isFull; ) {
      const rows = await this.#driver.rowsBehind(last, PAGE_ROWS);
      for (const { namespace, key, value } of rows) {
        const text = cipher.isSealed(value) ? cipher.open(value) : value;
        if (cipher.isCurrent(value) || text === undefined || namespace !== '') continue;
        const isDone = await this.#driver.transact((entries) => entries.get(key) === value && entries.change(key, cipher.seal(text)));
        if (isDone) count += 1;
        await breathe();
      }
      last = rows.at(-1);
      isFull = rows.length === PAGE_ROWS;
    }
    await this.#driver.replace(PROOF, proof, cipher.seal(WHOLE));
    if (count > 0) this.#driver.rewrite();
    return count;
  }

  #seal(text: string): string {
    return this.#cipher === undefined ? text : this.#cipher.seal(text);
  }

  #sealAll(entries: Array<KeyvStorageEntry<string>>): Array<KeyvStorageEntry<string>> {
    return this.#cipher === undefined ? entries : entries.map((entry) => ({ ...entry, value: this.#seal(textOf(entry.value)) }));
  }

  #open(stored: string | undefined): string | undefined {
    return stored === undefined ? undefined : (this.#cipher?.open(stored) ?? stored);
  }

  /** With each form in which the text may lie there, until it was done. */
  #firstForm(text: string, work: (form: string) => Promise<boolean>): Promise<boolean> {
    const cipher = this.#cipher;
    if (cipher === undefined) return this.#run(() => work(text));
    return this.#run(async () => {
      for (const form of cipher.forms(text)) if (await work(form)) return true;
      return false;
    });
  }

  #run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#isProven) return work();
    this.#proving ??= this.#prove().finally(() => (this.#proving = undefined));
    return this.#proving.then(work);
  }

  async #prove(): Promise<void> {
    await this.#check(await this.#driver.peek(PROOF));
    this.#isProven = true;
  }

  async #check(proof: string | undefined): Promise<void> {
    const cipher = this.#cipher;
    if (proof !== undefined && cipher === undefined) throw wrongKey('it is encrypted, and STORE_ENCRYPTION_KEY is not set');
    if (cipher === undefined) return;
    if (proof === undefined) {
      if (await this.#driver.setIfAbsent(PROOF, cipher.seal(IN_PART))) return;
      return this.#check(await this.#driver.peek(PROOF));
    }
    if (cipher.open(proof) === undefined) throw wrongKey('it is encrypted with another key');
    if (cipher.isCurrent(proof)) return;
    await this.#driver.replace(PROOF, proof, cipher.seal(IN_PART));
  }
}

const wrongKey = (says: string): Error => new Error(`Could not use the store: ${says}`, { cause: new WrongKeyError(says) });
