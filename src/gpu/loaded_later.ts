// Nothing here is imported by value from elsewhere in gpu: it comes through `later()`.
export { explainFailure } from './explain_failure.ts';
export { inParts } from './parts.ts';
export { requireOptions } from './require_options.ts';
