// The rows of a table of a document. Loaded where a document has one: what reads tables is large.
import { readTable } from '../../data/csv_columns.ts';
import { fromTable, type Wanted } from '../../data/csv_dataset.ts';
import { columnsOfModel, dialectOf, takeNumbers } from '../../data/csv_rows.ts';
import type { Dataset } from '../../data/dataset.ts';
import { openAnyTable } from '../any_table.ts';
import type { CsvDocument, Experiment, ParquetDocument } from '../document.ts';
import { buildLoss } from '../registry/losses.ts';
import type { Reading } from './reading.ts';

/** Its rows, of which a saved model's own are read as in training. Throws a DataError. */
export async function tableRows(given: string | Uint8Array, data: CsvDocument | ParquetDocument, { loss, fitted }: Reading): Promise<Dataset> {
  const { target, features, categories, task, missing } = data;
  const like = fitted?.table && dialectOf(fitted.table);
  const table = readTable(await openAnyTable(given, data, like));
  const options = {
    ...(target === undefined ? {} : { target }),
    ...(features ? { features } : {}),
    ...(categories ? { categories } : {}),
    ...(task ? { task } : {}),
    ...(missing ? { missing } : {}),
    ...(fitted?.fill ? { fill: fitted.fill } : {}),
    ...(fitted?.classes ? { classNames: fitted.classes } : {}),
  };
  // Of a file that has changed since, what is read is compared.
  const known = fitted?.table && fitted.table.columns === table.names.length ? columnsOfModel(fitted.table) : undefined;
  if (known) {
    const { target, ...columns } = fitted!.table!;
    takeNumbers(table, { ...columns, ...(fitted!.classes ? {} : { target }) });
  }
  const log = fitted ? fitted.targets?.log && 'trained' : data.logTargets && 'asked';
  return fromTable(table, options, wantedBy(loss), known, { log: log || undefined });
}

/** What a document's loss takes as targets. */
function wantedBy(loss: Experiment['loss']): Wanted {
  const { name, targets, targetDtype, task } = buildLoss(loss);
  if (targetDtype === 'i32') return { loss: name, kind: 'classes' };
  if (task === 'regression') return { loss: name, kind: 'numbers' };
  return { loss: name, kind: 'either', ...(targets ? { fits: (value) => targets.fits(value, 1), expected: targets.expected(1) } : {}) };
}
