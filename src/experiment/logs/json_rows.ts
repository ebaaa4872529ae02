import { DataError, isObject, show } from '../../errors.ts';
import { fromPythonJson } from '../history_reader.ts';
import { flat } from './json_lines.ts';
import type { LogFormat } from './log_format.ts';
import { RowReader } from './row_reader.ts';

/** `json.dump(rows, file)`: one list with an object for each step. */
export const jsonRows: LogFormat = {
  text: {
    en: { title: 'JSON rows', summary: 'A list with an object for each step, with any names; --map says what those are that are not understood.' },
    zh: { title: 'JSON 列表', summary: '一个列表，每步一个对象，名称任意；认不出的用 --map 说明。' },
  },
  sample: 'written by Python’s json module from a run in PyTorch',
  extensions: ['json'],
  recognises: ({ head }) => /^\s*\[\s*\{/.test(head) && /loss/i.test(head),
  read(source, options) {
    const reader = new RowReader(options);
    const rows = fromPythonJson(source.text());
    // Whatever no other format takes comes here by its name.
    if (!Array.isArray(rows)) throw new DataError(`expected a list of rows, [{ "step": 1, "loss": 2.3 }, ...], got ${show(rows)}`);
    rows.forEach((row, i) => {
      if (isObject(row)) reader.add(flat(row), i + 1);
      else reader.passOver(i + 1, 'it is no object');
    });
    return reader.finish();
  },
};
