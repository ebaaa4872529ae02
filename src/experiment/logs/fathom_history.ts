import { parseHistory } from '../history_schema.ts';
import type { LogFormat } from './log_format.ts';

/** Our own, which anybody may write from another framework. */
export const fathomHistory: LogFormat = {
  text: {
    en: { title: 'Fathom history', summary: 'JSON Lines: a header with the layers, then a line per step.' },
    zh: { title: 'Fathom 历史', summary: 'JSON Lines：首行是含各层的头，其后每步一行。' },
  },
  extensions: ['jsonl', 'ndjson'],
  recognises: (text) => /^\s*\{/.test(text) && text.slice(0, 1000).includes('fathom-history/'),
  read: parseHistory,
};
