import { ABSENT } from '../contract/rule-names.ts';

/** The tests that were registered, and the cases that are absent, by their titles from the outermost block inwards. */
export const registered: (readonly string[])[] = [];
const open: string[] = [];

type Body = (...row: unknown[]) => unknown;

const block = (title: string, body: Body): void => {
  open.push(title);
  if (title.startsWith(ABSENT)) registered.push([...open]);
  body();
  open.pop();
};

const single = (title: string): void => {
  registered.push([...open, title]);
};

/** Stands for all that is used while tests run, which they do not here. */
const nothing: never = new Proxy(() => {}, {
  get: (_, name) => (name === 'then' ? undefined : nothing),
  apply: () => nothing,
}) as never;

const eachBlock = (rows: readonly unknown[]) => (title: string, body: Body) => {
  for (const row of rows) block(title, () => body(...(Array.isArray(row) ? row : [row])));
};
const eachSingle = (rows: readonly unknown[]) => (title: string) => {
  for (const _ of rows) single(title);
};

// In the place of '@jest/globals': registers what there is, and runs none of it.
export const describe: unknown = Object.assign(block, { each: eachBlock, skip: () => {}, only: block });
export const test: unknown = Object.assign(single, { each: eachSingle, skip: () => {}, only: single });
export const it: unknown = Object.assign(single.bind(undefined), { each: eachSingle, skip: () => {}, only: single });
export const beforeAll: never = nothing;
export const beforeEach: never = nothing;
export const afterAll: never = nothing;
export const afterEach: never = nothing;
export const expect: never = nothing;
export const jest: never = nothing;
