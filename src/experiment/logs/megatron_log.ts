import type { LogFormat } from './log_format.ts';
import { type LogRow, numberIn, RowReader } from './row_reader.ts';

/** ` iteration      100/  500000 | ... | lm loss: 6.1E+00 | grad norm: 1.2 |`, after whatever the launcher puts before it. */
const STEP = /\biteration\s+(\d+)\s*\/\s*\d+\s*\|(.*)$/;
/** ` validation loss at iteration 1000 | lm loss value: 5.6E+00 | lm loss PPL: ... |`. */
const VALIDATION = /\bvalidation loss at iteration\s+(\d+)\b.*?loss value:\s*([-+.\w]+)/;

/** What Megatron-LM and Megatron-DeepSpeed print. Every other line is passed over without a word. */
export const megatronLog: LogFormat = {
  text: {
    en: { title: 'Megatron log', summary: 'The lines that Megatron-LM prints: iteration, lm loss, grad norm, learning rate.' },
    zh: { title: 'Megatron 日志', summary: 'Megatron-LM 打印的行：iteration、lm loss、grad norm、learning rate。' },
  },
  sample: 'from the format’s documentation (megatron/training/training.py, training_log)',
  extensions: ['log', 'txt', 'out'],
  recognises: ({ head }) => head.split('\n').some((line) => STEP.test(line) || VALIDATION.test(line)),
  read(source, options) {
    const reader = new RowReader(options);
    for (const { text, number } of source.lines()) {
      const step = STEP.exec(text);
      if (step) {
        const row: LogRow = { iteration: Number(step[1]) };
        for (const part of step[2]!.split('|')) {
          const [, name, value] = /^\s*(.*?)\s*:\s*(\S+)\s*$/.exec(part) ?? [];
          if (name !== undefined) row[name] = numberIn(value);
        }
        reader.add(row, number);
        continue;
      }
      const validation = VALIDATION.exec(text);
      if (validation) reader.add({ iteration: Number(validation[1]), 'validation loss': numberIn(validation[2]) }, number);
    }
    return reader.finish();
  },
};
