// Every format of files that is read, under test. A new reader is a line here.
import { claim, experiment, historyFile, settings } from './documents.ts';
import { cifar10, image, log, parquet, pytorch } from './foreign.ts';
import type { Format } from './format.ts';
import { checkpoint, model, safetensors } from './models.ts';
import { plan } from './plans.ts';
import { csv, idx, npy, npz } from './tables.ts';

export const FORMATS: Readonly<Record<string, Format>> = {
  safetensors,
  model,
  checkpoint,
  csv,
  idx,
  npy,
  npz,
  experiment,
  claim,
  history: historyFile,
  plan,
  settings,
  image,
  cifar10,
  log,
  pytorch,
  parquet,
};
