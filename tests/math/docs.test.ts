// Every export has a doc comment, those of functions say what goes in and what comes out, and every example compiles.
import { expect, test } from 'vitest';
import { type Doc, exampleErrors, examples, surface } from '../support/docs.ts';

const all = surface();
const { docs } = all;
const functions = docs.filter(({ kind }) => kind === 'function' || kind === 'method');
const at = (list: readonly Doc[], what: (doc: Doc) => string = () => ''): string[] => list.map((doc) => `${doc.at} ${doc.name} ${what(doc)}`.trim());

/** Interfaces that a program implements or that its functions are given: what they say of errors is said where they are taken. */
const isOfClass = ({ name }: Doc): boolean => /^(Engine|Trainer|LiveModel|Program|SavedModel|Graph|Steps)\./.test(name);

test('the surface was found', () => {
  expect(docs.length).toBeGreaterThan(1000);
  for (const name of ['dense', 'Trainer.fit', 'DenseOptions.units', 'relu', 'parseExperiment']) expect(docs.map((doc) => doc.name)).toContain(name);
});

test('every export, and every member of an exported type, has a doc comment', () => {
  expect(at(docs.filter(({ text }) => text.trim() === ''))).toEqual([]);
});

test('an option that may be left out says what it is by default', () => {
  const options = docs.filter(({ name, optional }) => /Options\./.test(name) && optional);
  expect(options.length).toBeGreaterThan(150);
  expect(at(options.filter(({ text }) => !/default/i.test(text)))).toEqual([]);
});

test('every parameter is described, in more than its name', () => {
  const missing = ({ params, tags }: Doc): string[] => {
    const described = new Map((tags.param ?? []).map((text) => [/^\w+/.exec(text)?.[0], text.replace(/^\w+\s*-?\s*/, '')]));
    return params.filter((name) => {
      const words =
        described
          .get(name)
          ?.toLowerCase()
          .match(/[a-z0-9]+/g) ?? [];
      return words.every((word) => word === name.toLowerCase() || ['the', 'a', 'an'].includes(word));
    });
  };
  expect(
    at(
      functions.filter((doc) => missing(doc).length > 0),
      (doc) => missing(doc).join(', '),
    ),
  ).toEqual([]);
  // And none that is gone.
  const gone = ({ params, tags }: Doc): string[] => (tags.param ?? []).map((text) => /^\w+/.exec(text)?.[0] ?? '').filter((name) => !params.includes(name));
  expect(
    at(
      functions.filter((doc) => gone(doc).length > 0),
      (doc) => gone(doc).join(', '),
    ),
  ).toEqual([]);
});

test('what a function returns is said', () => {
  const silent = /^(void|Promise<void>|undefined|unknown\b.*void)$/;
  expect(at(functions.filter(({ returns, tags }) => !silent.test(returns ?? 'void') && !tags.returns))).toEqual([]);
});

test('what a function throws is said', () => {
  const throwing = functions.filter((doc) => doc.throws || (doc.kind === 'function' && doc.params.length > 0));
  expect(at(throwing.filter(({ tags }) => !tags.throws))).toEqual([]);
  // Not in the text, where no editor finds it.
  expect(at(docs.filter(({ text }) => /\b(Throws|Rejects with)\b/.test(text)))).toEqual([]);
});

test('what users call has an example', () => {
  // `neg(x)` and the like are called as their names say.
  const plain = ({ at: place }: Doc): boolean => place.startsWith('src/ops/public/functions.ts');
  const called = functions.filter((doc) => (doc.kind === 'function' && !plain(doc)) || (isOfClass(doc) && doc.params.length > 0));
  expect(at(called.filter(({ tags }) => !tags.example))).toEqual([]);
});

/** What an example need not declare. */
const GIVEN: Readonly<Record<string, string>> = (() => {
  const of = (name: string, entry = ''): string => `import('fathom-webgpu${entry}').${name}`;
  const same = (type: string, ...names: string[]): [string, string][] => names.map((name) => [name, type]);
  return Object.fromEntries([
    ...same(of('Engine'), 'engine'),
    ...same(of('Trainer'), 'trainer'),
    ...same(of('LiveModel'), 'live'),
    ...same(of('Sequential'), 'model'),
    ...same(of('Loss'), 'loss'),
    ...same(of('Optimizer'), 'optimizer'),
    ...same(`${of('Dataset')} & { train: ${of('Dataset')} }`, 'data'),
    ...same(of('Dataset'), 'train', 'validation', 'test'),
    ...same(of('Graph'), 'graph'),
    ...same(of('Value'), 'x', 'weight', 'bias', 'logits', 'label', 'target', 'tokens', 'mask', 'scores', 'each'),
    ...same(`${of('LayerContext')}['parameter']`, 'parameter'),
    ...same(of('Program'), 'program'),
    ...same(of('History'), 'history'),
    ...same('Uint8Array<ArrayBuffer>', 'bytes', 'imageBytes', 'labelBytes'),
    ...same('string', 'text'),
    ...same('unknown', 'json'),
    ...same('Float32Array', 'pixels', 'age', 'labels', 'rows'),
    ...same(of('Experiment', '/experiment'), 'experiment'),
    ...same(of('SavedModel', '/experiment'), 'saved'),
    ...same("typeof import('fathom-webgpu/ops')", 'ops'),
  ]);
})();

test('every example compiles', () => {
  const found = examples();
  expect(found.length).toBeGreaterThan(200);
  expect(exampleErrors(found, all, GIVEN)).toEqual([]);
});
