import { RETENTION } from '../../inspect/steps.ts';
import { HistoryReader } from '../history_reader.ts';
import type { LogFormat } from './log_format.ts';
import { runOf } from './row_reader.ts';

/** Our own, which `fathom_log.py` and anybody else may write from another framework. */
export const fathomHistory: LogFormat = {
  text: {
    en: { title: 'Fathom history', summary: 'JSON Lines: a header with the layers, then a line per step; fathom_log.py writes it.' },
    zh: { title: 'Fathom 历史', summary: 'JSON Lines：首行是含各层的头，其后每步一行；fathom_log.py 写的就是它。' },
  },
  sample: 'written by `fathom run --json` and by fathom_log.py',
  extensions: ['jsonl', 'ndjson'],
  recognises: ({ head }) => /^\s*\{/.test(head) && head.slice(0, 1000).includes('fathom-history/'),
  read(source, { run, classes, baselineLoss }) {
    const reader = new HistoryReader({ halfEnd: true, retention: RETENTION, path: source.path });
    for (const line of source.lines()) reader.add(line);
    const { runs, notes, foreign } = reader.finish();
    const history = runOf(runs, run, notes);
    if (classes !== undefined || baselineLoss !== undefined)
      history.task = {
        kind: classes === undefined ? 'regression' : 'classification',
        ...history.task,
        ...(classes === undefined ? {} : { classes }),
        ...(baselineLoss === undefined ? {} : { baselineLoss }),
      };
    return { history, notes, foreign };
  },
};
