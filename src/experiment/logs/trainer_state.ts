import { DataError, isObject } from '../../errors.ts';
import { fromPythonJson } from '../history_reader.ts';
import { flat } from './json_lines.ts';
import type { LogFormat } from './log_format.ts';
import { RowReader } from './row_reader.ts';

/** Hugging Face's trainer_state.json: `log_history` has a row for each logging step, others for evaluations, and a last one that sums up. */
export const trainerState: LogFormat = {
  text: {
    en: { title: 'Hugging Face trainer_state.json', summary: 'What Trainer of transformers writes beside its checkpoints.' },
    zh: { title: 'Hugging Face trainer_state.json', summary: 'transformers 的 Trainer 随检查点写下的文件。' },
  },
  sample: 'from the format’s documentation (transformers.TrainerState)',
  extensions: ['json'],
  recognises: ({ head, path }) => /^\s*\{/.test(head) && (head.includes('"log_history"') || /trainer_state\.json(\.gz)?$/.test(path)),
  read(source, options) {
    const given = fromPythonJson(source.text());
    const rows = isObject(given) ? (given as { log_history?: unknown }).log_history : undefined;
    if (!Array.isArray(rows)) throw new DataError('expected "log_history", a list of rows');
    const reader = new RowReader(options);
    rows.forEach((row, i) => {
      if (!isObject(row)) return reader.passOver(i + 1, 'it is no object');
      // The summary at the end: its train_loss is the mean over the whole run.
      if ('train_runtime' in row) return;
      // Read by one name in every row.
      reader.add(flat(row), i + 1);
    });
    return reader.finish();
  },
};
