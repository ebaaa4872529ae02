import { DataError } from '../../errors.ts';
import { fromPythonJson } from '../history_reader.ts';
import type { LogFormat } from './log_format.ts';
import { RowReader } from './row_reader.ts';

/** `json.dump(model.fit(...).history, file)`: a list for each metric, with a number for each epoch. */
export const kerasHistory: LogFormat = {
  text: {
    en: { title: 'Keras history', summary: 'The history of fit as JSON: a list of numbers for each metric.' },
    zh: { title: 'Keras history', summary: 'fit 的 history 存成 JSON：每个指标一列数。' },
  },
  sample: 'from the format’s documentation (keras.callbacks.History)',
  extensions: ['json'],
  recognises: ({ head }) => /^\s*\{/.test(head) && /"loss"\s*:\s*(\[\s*[-\d"NI]|\{\s*"0"\s*:)/.test(head) && !head.includes('"log_history"'),
  read(source, options) {
    const given = fromPythonJson(source.text());
    const lists = Object.entries(given as object).flatMap(([name, values]): [string, unknown[]][] =>
      Array.isArray(values) ? [[name, values]] : typeof values === 'object' && values !== null ? [[name, Object.values(values)]] : [],
    );
    const length = Math.max(0, ...lists.map(([, values]) => values.length));
    if (length === 0) throw new DataError('expected lists of numbers, one for each metric');
    const reader = new RowReader({ ...options, perEpoch: true });
    const short = lists.filter(([, values]) => values.length < length);
    if (short.length > 0) reader.note(`Shorter than ${length} epochs: ${short.map(([name]) => JSON.stringify(name)).join(', ')}.`);
    for (let epoch = 0; epoch < length; epoch++) reader.add({ epoch, ...Object.fromEntries(lists.map(([name, values]) => [name, values[epoch]])) }, 1);
    return reader.finish();
  },
};
