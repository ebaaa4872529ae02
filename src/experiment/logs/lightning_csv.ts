import { columnsOf, readCsv } from './csv.ts';
import type { LogFormat } from './log_format.ts';

/** Lightning's CSVLogger: rows of one step for training, others for validation and for the epoch, most cells empty. */
export const lightningCsv: LogFormat = {
  text: {
    en: { title: 'Lightning metrics.csv', summary: 'What CSVLogger of PyTorch Lightning writes: epoch, step and whatever was logged.' },
    zh: { title: 'Lightning metrics.csv', summary: 'PyTorch Lightning 的 CSVLogger 所写：epoch、step 及所记录的各列。' },
  },
  sample: 'from the format’s documentation (lightning.pytorch.loggers.CSVLogger)',
  extensions: ['csv'],
  recognises: (source) => {
    const columns = columnsOf(source);
    return columns.includes('epoch') && columns.includes('step') && /(^|[\\/])metrics\.csv(\.gz)?$/.test(source.path);
  },
  read: (source, options) => readCsv(source, options),
};
