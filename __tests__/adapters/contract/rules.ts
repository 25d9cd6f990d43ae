import { describe } from '@jest/globals';
import { ABSENT, RULES } from './rule-names.ts';

/** Registers the cases that belong to a rule. */
export function rule(number: number, cases: () => void): void {
  describe(`rule ${number}: ${RULES[number - 1]}`, cases);
}

/** Says why a case of the current rule does not apply to a host. */
export function absent(reason: string): void {
  describe(`${ABSENT}${reason}`, () => {});
}
