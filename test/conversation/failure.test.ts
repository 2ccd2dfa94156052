import { describe, expect, it } from 'vitest';
import { Failure, toFailure } from '../../src/conversation/failure.ts';

const thrownBy = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

describe('a failure of something that nobody foresaw', () => {
  it('is a defect, told by its name and message', () => {
    expect(toFailure(new TypeError('no such thing'))).toMatchObject({ kind: 'defect', message: 'Unexpected error: TypeError: no such thing' });
    expect(toFailure('odd')).toMatchObject({ kind: 'defect', message: 'Unexpected error: odd' });
    const failure = new Failure('store', 'gone');
    expect(toFailure(failure)).toBe(failure);
  });

  it('quotes nothing that a parser could not read', () => {
    expect(toFailure(thrownBy(() => JSON.parse('my diary'))).message).toBe('Unexpected error: SyntaxError');
  });
});
