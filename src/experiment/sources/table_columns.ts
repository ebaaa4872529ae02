// What may be said of the columns of a table, whatever kind of file it is in.
import * as v from 'valibot';
import { either, integer, listOf, oneOf, string } from '../check.ts';

const column = either([string(), integer(0)], 'the name of a column, or its index from 0');

export const columnEntries = {
  target: v.exactOptional(column),
  features: v.exactOptional(listOf(column, 'a list of columns')),
  categories: v.exactOptional(listOf(column, 'a list of columns')),
  task: v.exactOptional(oneOf(['auto', 'classification', 'regression'])),
  missing: v.exactOptional(oneOf(['error', 'drop', 'mean'])),
};
