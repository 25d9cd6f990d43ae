import { describe, expect, it } from '@jest/globals';
import {
  checkedBoolean,
  checkedFunction,
  checkedNumber,
  checkedObject,
  checkedString,
  checkedTimeoutMs,
  checkNames,
  checkOptions,
  ifGiven,
} from '../../src/errors/option-checks.ts';

describe('a check of an option', () => {
  it.each<[string, () => unknown]>([
    ['x: must be a string that is not empty, got an empty string', () => checkedString('x', '')],
    ['x: must be a string that is not empty, got 7', () => checkedString('x', 7)],
    ['x: must be a string that is not empty, got undefined', () => checkedString('x', undefined)],
    ['x: must be a string that is not empty, got null', () => checkedString('x', null)],
    ['x: must be a string that is not empty, got false', () => checkedString('x', false)],
    ['x: must be a string that is not empty, got an array', () => checkedString('x', [])],
    ['x: must be a string that is not empty, got a value of type object', () => checkedString('x', {})],
    ['x: must be a string that is not empty, got a value of type symbol', () => checkedString('x', Symbol('s'))],
    ['x: must be true or false, got a string', () => checkedBoolean('x', 'true')],
    ['x: must be a function, got a value of type object', () => checkedFunction('x', {})],
    ['x: must be an object, got null', () => checkedObject('x', null)],
    ['x: must be an object, got an array', () => checkedObject('x', [])],
    ['x: must be an object, got a string', () => checkedObject('x', 'a secret in the wrong place')],
    ['x: must be an object, got a value of type function', () => checkedObject('x', () => {})],
    ['x: must be a number from 1 to 3, got 0', () => checkedNumber('x', 0, { min: 1, max: 3 })],
    ['x: must be a number from 1 to 3, got a string', () => checkedNumber('x', '2', { min: 1, max: 3 })],
    ['x: must be a number from 1 to 3, got NaN', () => checkedNumber('x', Number.NaN, { min: 1, max: 3 })],
    ['x: must be a number above 1 and below 3, got 1', () => checkedNumber('x', 1, { min: 1, max: 3, open: true })],
    ['x: must be a number above 1 and below 3, got 3', () => checkedNumber('x', 3, { min: 1, max: 3, open: true })],
    [
      'x: must be a whole number from 1 to 3, got 1.5',
      () => checkedNumber('x', 1.5, { min: 1, max: 3, integer: true }),
    ],
    ['x: must be a whole number from 1 to 3, got 4', () => checkedNumber('x', 4, { min: 1, max: 3, integer: true })],
    ['x: must be a number above 0 and below 2147483648, got 0', () => checkedTimeoutMs('x', 0)],
    [
      'x: must be a number above 0 and below 2147483648, got Infinity',
      () => checkedTimeoutMs('x', Number.POSITIVE_INFINITY),
    ],
    ['b: is not a known option', () => checkNames('', { a: 1, b: 2 }, new Set(['a']))],
    ['in.b: is not a known option', () => checkNames('in', { a: 1, b: null }, new Set(['a']))],
    ['in.a: must not be null: leave it out for the default', () => checkNames('in', { a: null }, new Set(['a']))],
    ['options: must be an object, got undefined', () => checkOptions(undefined, 'a')],
    ['b: is not a known option', () => checkOptions({ a: 1, b: 2 }, 'a', 'c')],
    ['x: must be a string that is not empty, got null', () => ifGiven('x', null, checkedString)],
  ])('says %j', (message, check) => {
    expect(check).toThrow(expect.objectContaining({ message, option: message.split(':')[0] }));
  });

  it('gives back what will do', () => {
    const run = (): void => {};
    const object = {};
    expect(checkedString('x', 'y')).toBe('y');
    expect([checkedBoolean('x', true), checkedBoolean('x', false)]).toEqual([true, false]);
    expect(checkedFunction('x', run)).toBe(run);
    expect(checkedObject('x', object)).toBe(object);
    expect([1, 1.5, 3].map((value) => checkedNumber('x', value, { min: 1, max: 3 }))).toEqual([1, 1.5, 3]);
    expect(checkedNumber('x', 1.001, { min: 1, max: 3, open: true })).toBe(1.001);
    expect(checkedNumber('x', 3, { min: 1, max: 3, integer: true })).toBe(3);
    expect(() => checkOptions({ a: 1 }, 'a', 'b')).not.toThrow();
    expect(() => ifGiven('x', undefined, checkedString)).not.toThrow();
    expect(() => checkNames('', { a: undefined }, new Set(['a']))).not.toThrow();
  });
});
