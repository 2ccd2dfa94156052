import { describe, expect, it } from 'vitest';
import { BadAddressError, postgresAddress } from '../../src/store/postgres-address.ts';

describe('the address of a database', () => {
  it('is read as libpq reads it', () => {
    expect(postgresAddress('postgres://parley:p%40ss@db.example:5433/store')).toMatchObject({ host: 'db.example', port: 5433, user: 'parley', password: 'p@ss', database: 'store' });
    expect(postgresAddress('postgres://db.example/store?sslmode=require').ssl).toMatchObject({ rejectUnauthorized: false });
  });

  it.each([
    ['no address', 'postgres://parley:pa ss#w@:/x y', 'is no address'],
    ['no database', 'postgres://parley:secret@db.example', 'names no database'],
    ['something unknown', 'postgres://db.example/store?application_name=x', 'has "application_name", which Parley does not know'],
    ['another way of TLS', 'postgres://db.example/store?sslmode=prefer', 'has sslmode=prefer; it must be one of'],
    ['a file that is not there', 'postgres://parley:secret@db.example/store?sslmode=verify-full&sslrootcert=/nowhere/ca.pem', 'names the file /nowhere/ca.pem, which cannot be read (ENOENT)'],
    ['no file where one is needed', 'postgres://parley:secret@db.example/store?sslmode=verify-ca', 'cannot be read; sslmode=verify-ca needs sslrootcert=FILE'],
  ])('with %s is refused with what is wrong, and without the password', (_what, url, says) => {
    expect(() => postgresAddress(url)).toThrow(BadAddressError);
    expect(() => postgresAddress(url)).toThrow(says);
    expect(() => postgresAddress(url)).not.toThrow('secret');
  });
});
