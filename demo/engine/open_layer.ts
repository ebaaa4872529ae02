// What the page is told of the layer that is open: its histograms and statistics, and over two-dimensional data what each of its units answers. Loaded when a
// layer is opened.
import { compile } from '../../src/compile.ts';
import { Graph, type Value } from '../../src/graph/graph.ts';
import type { Engine, StepRecord, Trainer } from '../../src/index.ts';
import { partlyApplied } from '../../src/inspect/applied.ts';
import { deriveTaps } from '../../src/inspect/taps.ts';
import { buildAny, declareInputs } from '../../src/nn/model.ts';
import type { Program } from '../../src/program.ts';
import { UNIT_GRID } from '../protocol.ts';
import { type Row, recordOf } from '../rows.ts';
import type { Post } from './live_run.ts';
import { gridOf } from './surface.ts';

const ROWS = UNIT_GRID ** 2;

/** The model's own graph, of which a program computes what one layer needs. */
interface Cut {
  name: string;
  h: Value;
  program: Program;
}

const hasHistograms = (record: StepRecord): boolean => record.layers?.[0]?.tensors.z?.histogram !== undefined;

export class OpenLayer {
  private readonly run: number;
  private readonly engine: Engine;
  private readonly trainer: Trainer;
  private readonly rows: readonly Row[];
  private readonly post: Post;
  /** Of the layer whose units were wanted last. */
  private cut: Cut | undefined;
  private gone = false;

  constructor(run: number, engine: Engine, trainer: Trainer, rows: readonly Row[], post: Post) {
    this.run = run;
    this.engine = engine;
    this.trainer = trainer;
    this.rows = rows;
    this.post = post;
  }

  /** A layer, from 1 at the input, at the last of some steps that had histograms; of all steps at the last one where none had. */
  tell(number: number, steps?: readonly StepRecord[]): void {
    const { steps: all, layers, histogramEdges = [] } = this.trainer.history;
    const record = steps ? steps.findLast(hasHistograms) : (all.findSampled(hasHistograms) ?? all.at(-1));
    const row = this.rows[number - 1];
    const layer = row && record && recordOf(row, record);
    if (!layer || !record) return;
    // Squared norms of delta at this layer and the next one up, which for the last row is the output layer: the measured backward factor.
    const next = this.rows[number];
    const above = (next ? recordOf(next, record) : record.layers?.[layers.findLastIndex(({ role }) => role === 'output')])?.tensors.delta;
    const below = layer.tensors.delta;
    const applied = partlyApplied(layer);
    this.post({
      type: 'detail',
      run: this.run,
      layer: number,
      step: record.step,
      tensors: layer.tensors,
      ...(applied === undefined ? {} : { applied }),
      edges: histogramEdges,
      chi: above && below ? (below.l2 / above.l2) ** 2 : Number.NaN,
    });
  }

  /** What the units of a layer answer over the plane. */
  async tellUnits(number: number, reach: number): Promise<void> {
    const name = this.rows[number - 1]?.layer?.name;
    if (!name) return;
    const values = await this.unitsOf(name, reach);
    this.post({ type: 'units', run: this.run, layer: number, values }, [values.buffer]);
  }

  /**
   * The activations of a layer in inference mode, with the weights of the moment.
   *
   * @param name - The layer, as the history names it.
   * @param reach - Half the side of the plane.
   * @returns [units, UNIT_GRID, UNIT_GRID], each from the top left, row by row.
   */
  async unitsOf(name: string, reach: number): Promise<Float32Array<ArrayBuffer>> {
    // First, so that nothing is made for a trainer that is gone.
    const weights = await this.trainer.parameters();
    const { h, program } = await this.cutAt(name);
    program.setParameters(weights);
    program.write('x', gridOf(UNIT_GRID, reach));
    program.run();
    const [values] = await program.read(h);
    const units = values!.length / ROWS;
    return Float32Array.from(values!, (_, i) => values![(i % ROWS) * units + Math.floor(i / ROWS)]!);
  }

  private async cutAt(name: string): Promise<Cut> {
    if (this.cut?.name === name) return this.cut;
    this.cut?.program.destroy();
    this.cut = undefined;
    const { description, inputs } = this.trainer.model;
    const graph = new Graph();
    const given = declareInputs(graph, inputs, ROWS);
    const { nodes, outputs } = buildAny(description, graph, given, 'infer');
    const { h } = deriveTaps({ nodes, inputs: Object.values(given), outputs }).layers.find((layer) => layer.name === name)!;
    const cut = { name, h, program: await compile(this.engine, graph, { outputs: [h] }) };
    if (this.gone) cut.program.destroy();
    this.cut = cut;
    return cut;
  }

  destroy(): void {
    this.gone = true;
    this.cut?.program.destroy();
  }
}
