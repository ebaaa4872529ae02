// Runs in every project. A project that is not told its mode takes `test`, and then runs of `npm run test:all` no more than `npm test` does.
import { expect, inject, test } from 'vitest';

test('the mode that was asked for is the one that tests see', () => {
  expect(import.meta.env.MODE).toBe(inject('mode'));
});
