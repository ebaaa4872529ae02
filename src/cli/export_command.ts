// `fathom export`: a document as a project of another engine, as a program, or its weights under the names of a network of one's own.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../errors.ts';
import { loadData } from '../experiment/data.ts';
import { documentFlagsIn } from './document_flags.ts';
import { isThere, type Loaded, loadInside, readModelFile, requireFolder, writeBytes, writeText } from './documents.ts';
import { EXIT } from './exit.ts';
import { loadGiven } from './given.ts';
import { readMap } from './name_map_file.ts';
import { readFrom } from './own_files.ts';
import { note, print } from './print.ts';

export interface ExportFlags {
  pytorch?: boolean;
  js?: boolean;
  model?: string;
  map?: string;
  out: string;
  /** Flags of document_flags.ts, for an export without a document. */
  [flag: string]: unknown;
}

/** Writes the folder; it must not be there, or be empty of what is written. */
export async function exportCommand(path: string | undefined, flags: ExportFlags): Promise<number> {
  if (!flags.pytorch === !flags.js) throw new UsageError('export: into what? Give --pytorch or --js');
  if (flags.js && flags.model) throw new UsageError('--model: a program begins with the weights of its seed: `load(trainer, bytes)` sets others');
  if (flags.js && flags.map !== undefined) throw new UsageError('--map: names of a network of PyTorch: give --pytorch');
  const model = flags.model === undefined ? undefined : readModelFile(flags.model);
  const described = documentFlagsIn(flags);
  const isDescribed = Object.keys(described).length > 0;
  if (path === undefined && !model && !isDescribed)
    throw new UsageError('export: give an experiment, a table, or a model with an experiment inside: --model trained.safetensors');
  const loaded: Loaded = path === undefined && !isDescribed ? loadInside(flags.model!, model!) : await loadGiven(path, described);
  if (flags.js) return exportProgram(loaded, flags.out);
  if (flags.map !== undefined) return exportWeights(loaded, model, flags.map, flags.out);
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

/** Writes one file, a state_dict under the names of a map. */
async function exportWeights({ document, files }: Loaded, model: Uint8Array | undefined, map: string, out: string): Promise<number> {
  requireFolder(out);
  if (!out.endsWith('.safetensors')) throw new UsageError(`--map: weights under your names are one file: give --out weights.safetensors, not ${out}`);
  if (isThere(out)) throw new UsageError(`${out} is there already: give --out another name`);
  const { exportStateDict } = await import('../exchange/to_state_dict.ts');
  const { file, notes } = await exportStateDict(document, { read: readFrom(files), map: await readMap(map), ...(model ? { model } : {}) });
  for (const each of notes) note(each);
  writeBytes(out, file);
  print(`Weights: ${out}\nLoad with: model.load_state_dict(safetensors.torch.load_file("${out}"))`);
  return EXIT.done;
}
