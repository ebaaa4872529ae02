import { DataError, isObject } from '../../errors.ts';
import { fromPythonJson } from '../history_reader.ts';
import { STEPS, VALIDATION, wordsOf } from './column_meaning.ts';
import type { LogFormat } from './log_format.ts';
import { areEpochs, RowReader } from './row_reader.ts';

/** `json.dump(model.fit(...).history, file)`: a list for each metric, with a number for each epoch; or lists of one's own, with one for each step. */
export const kerasHistory: LogFormat = {
  text: {
    en: { title: 'Keras history', summary: 'The history of fit as JSON: a list of numbers for each metric.' },
    zh: { title: 'Keras history', summary: 'fit 的 history 存成 JSON：每个指标一列数。' },
  },
  sample: 'from the format’s documentation (keras.callbacks.History)',
  extensions: ['json'],
  recognises: ({ head }) =>
    /^\s*\{/.test(head) && /"(?:train(?:ing)?_)?loss(?:es)?"\s*:\s*(\[\s*[-\d"NI]|\{\s*"0"\s*:)/.test(head) && !head.includes('"log_history"'),
  read(source, options) {
    const given = fromPythonJson(source.text());
    const lists = listsIn(given as object);
    const length = Math.max(0, ...lists.map(([, values]) => values.length));
    if (length === 0) throw new DataError('expected lists of numbers, one for each metric');
    const steps = lists.some(([name]) => STEPS.includes(name.toLowerCase()));
    const validated = lists.filter(([name]) => wordsOf(name).some((word) => VALIDATION.has(word)));
    const perEpoch = !steps && validated.every(([, values]) => areEpochs(values.length, length));
    const reader = new RowReader({ ...options, perEpoch });
    const short = lists.filter(([, values]) => values.length < length);
    if (short.length > 0) {
      const names = short.map(([name]) => JSON.stringify(name)).join(', ');
      reader.note(perEpoch ? `Shorter than ${length} epochs: ${names}.` : `Shorter than ${length} steps, and spread evenly over them: ${names}.`);
    }
    for (let at = 0; at < length; at++) {
      const row = lists.flatMap(([name, values]): [string, unknown][] => {
        if (perEpoch || values.length === length) return [[name, values[at]]];
        // The i-th of n comes at the end of the i-th n-th.
        const i = Math.floor(((at + 1) * values.length) / length);
        return i > Math.floor((at * values.length) / length) ? [[name, values[i - 1]]] : [];
      });
      reader.add({ ...(perEpoch ? { epoch: at } : steps ? {} : { step: at + 1 }), ...Object.fromEntries(row) }, 1);
    }
    return reader.finish();
  },
};

/** The lists of numbers of an object by name, those of objects within it, too: `{ "val": { "loss": [2.3] } }` is val/loss. pandas writes a list as an object of numbers by index. */
function listsIn(given: object, before = ''): [string, unknown[]][] {
  return Object.entries(given).flatMap(([name, values]): [string, unknown[]][] => {
    if (Array.isArray(values)) return values.some((value) => typeof value === 'object' && value !== null) ? [] : [[before + name, values]];
    if (!isObject(values)) return [];
    const inner = Object.values(values);
    if (inner.some(Array.isArray) || inner.some(isObject)) return listsIn(values, name === 'history' ? before : `${before}${name}/`);
    return Object.keys(values).every((index) => /^\d+$/.test(index)) ? [[before + name, inner]] : [];
  });
}
