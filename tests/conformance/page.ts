// What runs in Chrome: cases of one manifest, its bytes received in pieces.
import { type Case, type Outcome, Skip, Tensors, type Verdict } from './format.ts';
import { onnxName, runOnnx } from './onnx.ts';
import { Stage } from './stage.ts';
import { runTorchOp } from './torch_ops.ts';
import { runClip, runOptimizer, runSchedule } from './torch_optim.ts';
import { runStatistics, runUpdateRatio } from './torch_stats.ts';
import { runDiagnosis, runTrain } from './torch_train.ts';

let stage: Promise<Stage> | undefined;
const pieces: Uint8Array[] = [];
let tensors = new Tensors(new ArrayBuffer(0));

/** The adapter that the cases run on. */
export async function open(): Promise<string> {
  stage ??= Stage.create();
  return (await stage).adapter;
}

/** A piece of the manifest's bytes, as base64. */
export function append(base64: string): void {
  pieces.push(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)));
}

/** Puts the pieces together: the tensors of the cases that follow. */
export async function begin(): Promise<void> {
  tensors = new Tensors(await new Blob(pieces.splice(0) as BlobPart[]).arrayBuffer());
}

/** Runs cases of the manifest that was begun. */
export async function run(cases: readonly Case[]): Promise<Outcome[]> {
  await open();
  const outcomes: Outcome[] = [];
  for (const c of cases) outcomes.push(await runCase(await stage!, c, tensors));
  return outcomes;
}

/** The name under which a case stands in the report. */
export function nameOf(c: Case): string {
  return c.nodes ? onnxName(c) : c.op === 'optimizer' ? c.optimizer : c.op;
}

/** Runs one case; whatever it throws but Skip is a failure. */
export async function runCase(on: Stage, c: Case, from: Tensors): Promise<Outcome> {
  const base = { id: c.id, op: nameOf(c) };
  try {
    const { worst, strict } = await dispatch(on, c, from);
    return { ...base, status: worst.margin <= 1 ? 'passed' : 'failed', margin: worst.margin, strict: strict.margin, detail: worst.where };
  } catch (error) {
    if (error instanceof Skip) return { ...base, status: 'skipped', margin: 0, strict: 0, detail: error.message };
    return { ...base, status: 'failed', margin: Number.MAX_VALUE, strict: Number.MAX_VALUE, detail: String(error) };
  }
}

async function dispatch(on: Stage, c: Case, from: Tensors): Promise<Verdict> {
  if (c.nodes) return runOnnx(on, c, from);
  switch (c.op) {
    case 'optimizer':
      return runOptimizer(on, c, from);
    case 'clip_value':
    case 'clip_global_norm':
      return runClip(on, c, from);
    case 'lr_schedule':
      return runSchedule(c);
    case 'train':
      return runTrain(on, c, from);
    case 'diagnose':
      return runDiagnosis(on, c, from);
    case 'grad_stats':
      return runStatistics(on, c, from);
    case 'update_ratio':
      return runUpdateRatio(on, c, from);
    default:
      return runTorchOp(on, c, from);
  }
}
