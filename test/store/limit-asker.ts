import { openLimitedLedger } from './limited-ledger.ts';

/** A process that asks one question after the other for its members, and answers some, until it is killed. */
const [, , url = '', limitText = '', name = '', questions = '0'] = process.argv;
const { ledger, ask, end } = openLimitedLedger(url, limitText);

await ledger.open();
for (let count = 0; count < Number(questions); count += 5) {
  await Promise.all(
    Array.from({ length: 5 }, async (_, index) => {
      const claim = await ask(`${name}${count + index}`, `${name}-${index}`);
      process.send?.({ isOpen: claim !== false });
      if (claim !== false && (count + index) % 3 !== 0) end(claim, (count + index) % 3 === 1 ? 40 : undefined);
    }),
  );
  await ledger.flush();
}
process.send?.('done');
setInterval(() => undefined, 1_000);
