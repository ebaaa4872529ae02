// `fathom export`: a document as a project of another engine, or as a program.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../errors.ts';
import { loadData } from '../experiment/data.ts';
import { documentFlagsIn } from './document_flags.ts';
import { isThere, type Loaded, loadInside, readModelFile, requireFolder, writeBytes, writeText } from './documents.ts';
import { EXIT } from './exit.ts';
import { loadGiven } from './given.ts';
import { readFrom } from './own_files.ts';
import { print } from './print.ts';

export interface ExportFlags {
  pytorch?: boolean;
  js?: boolean;
  model?: string;
  out: string;
  /** Flags of document_flags.ts, for an export without a document. */
  [flag: string]: unknown;
}

/** Writes the folder; it must not be there, or be empty of what is written. */
export async function exportCommand(path: string | undefined, flags: ExportFlags): Promise<number> {
  if (!flags.pytorch === !flags.js) throw new UsageError('export: into what? Give --pytorch or --js');
  if (flags.js && flags.model) throw new UsageError('--model: a program begins with the weights of its seed: `load(trainer, bytes)` sets others');
  const model = flags.model === undefined ? undefined : readModelFile(flags.model);
  const described = documentFlagsIn(flags);
  const isDescribed = Object.keys(described).length > 0;
  if (path === undefined && !model && !isDescribed)
    throw new UsageError('export: give an experiment, a table, or a model with an experiment inside: --model trained.safetensors');
  const loaded: Loaded = path === undefined && !isDescribed ? loadInside(flags.model!, model!) : await loadGiven(path, described);
  if (flags.js) return exportProgram(loaded, flags.out);
  const { exportPyTorch } = await import('../exchange/pytorch_project.ts');
  const files = await exportPyTorch(loaded.document, { read: readFrom(loaded.files), ...(model ? { model } : {}) });
  const there = [...files.keys()].filter((name) => isThere(join(flags.out, name)));
  if (there.length > 0) throw new UsageError(`${flags.out}: ${there[0]} is there already: give --out another folder, or delete that one`);
  mkdirSync(flags.out, { recursive: true });
  for (const [name, file] of files) typeof file === 'string' ? writeText(join(flags.out, name), file) : writeBytes(join(flags.out, name), file);
  print(`${files.size} files in ${flags.out}: ${[...files.keys()].join(', ')}\nTrain with: cd ${flags.out} && python train.py`);
  return EXIT.done;
}

/** Writes one file, a program. */
async function exportProgram({ document, files }: Loaded, out: string): Promise<number> {
  requireFolder(out);
  if (isThere(out)) throw new UsageError(`${out} is there already: give --out another name`);
  const [{ jsProgram }, { train }] = await Promise.all([import('../exchange/js_program.ts'), loadData(document, readFrom(files))]);
  writeText(out, jsProgram(document, { rowsOfNumbers: train.classes === undefined }));
  print(`Program: ${out}, an ES module for pages and other programs with fathom-webgpu`);
  return EXIT.done;
}
