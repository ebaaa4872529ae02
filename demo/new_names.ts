// Documents of format 1 in the names of today: loaded where an address or a file brings a document.
import { FORMATS, versionIn } from '../src/io/formats.ts';
import { withNewNames as changed } from '../src/io/old_names.ts';
import type { ExperimentDocument } from './document.ts';

/** A document that came with a file or a link, with the names of today; itself where it has none of format 1. Throws DataError for a newer format, UsageError for a name twice. */
export function withNewNames(given: ExperimentDocument): ExperimentDocument {
  if (versionIn('experiment', given, 'document') !== 1) return given;
  const document = changed('document', given);
  return document === given ? given : { ...document, format: FORMATS.experiment };
}
