import { columnsOf, readCsv } from './csv.ts';
import type { LogFormat } from './log_format.ts';

/** Keras's CSVLogger: a row per epoch. Its loss is a mean over the epoch. */
export const kerasCsv: LogFormat = {
  text: {
    en: { title: 'Keras CSVLogger', summary: 'A row per epoch: epoch, loss, val_loss and metrics.' },
    zh: { title: 'Keras CSVLogger', summary: '每个 epoch 一行：epoch、loss、val_loss 与各指标。' },
  },
  sample: 'from the format’s documentation (keras.callbacks.CSVLogger)',
  extensions: ['csv', 'log'],
  recognises: (source) => {
    const columns = columnsOf(source);
    return columns[0] === 'epoch' && columns.includes('loss') && !columns.some((column) => /step|iter|batch/.test(column));
  },
  read: (source, options) => readCsv(source, options, { perEpoch: true }),
};
