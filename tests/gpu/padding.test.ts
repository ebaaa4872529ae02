// Padding reaches nothing, on the GPU: five samples among rows of 1e4 are what float64 makes of five samples alone.
import { describe, expect, test } from 'vitest';
import { Graph } from '../../src/graph/graph.ts';
import { fillPadding } from '../../src/ops/padding.ts';
import type { Ring } from '../../src/ops/rings.ts';
import { segmentNormOp } from '../../src/ops/segment_norm.ts';
import { clearRowOp, histogramOp, MOMENTS, momentsOp, unitActivityOp } from '../../src/ops/statistics.ts';
import { Program } from '../../src/program.ts';
import { Random } from '../../src/random.ts';
import { computeHistogram, computeStats, interpret } from '../../src/reference/index.ts';
import { expectClose, openGpu, runGraph } from '../support/gpu.ts';
import { PORTABLE, SWIFTSHADER } from '../support/models.ts';
import { counted, PADDING_CASES, padded } from '../support/padding.ts';

test.each(PADDING_CASES)('$name', async (c) => {
  const { alone, among } = padded(c);
  const expected = interpret(alone.graph, alone.inputs, { rows: c.samples });
  const got = await runGraph(among.graph, among.inputs, among.outputs, { rows: c.samples });
  among.outputs.forEach((value, i) => {
    // Sums of at most 8 x 4 rows and 6 columns; what cancels to nearly nothing keeps the rounding of what cancelled.
    expectClose(value.name, counted(value, got.get(value)!, c.samples), expected.get(alone.outputs[i]!)!.data, 4e-6, 0.1);
  });
});

describe.each([1, 4])('statistics of 5 samples among padding, %i rows each', (rowsPerSample) => {
  const columns = 6;
  const rows = 5 * rowsPerSample;
  const random = new Random(5);
  // Some units are zero throughout: dead.
  const x = Float32Array.from({ length: rows * columns }, (_, i) => (i % columns === 2 ? 0 : random.normal()));
  const edges = [0.1, 0.5, 1, 2];

  test.each([SWIFTSHADER, PORTABLE].map((capabilities) => [capabilities.swiftshader ? "SwiftShader's kernels" : 'portable kernels', capabilities] as const))(
    '%s',
    async (_name, kind) => {
      const { device, cache } = await openGpu();
      const graph = new Graph();
      const value = graph.input('x', { shape: [8 * rowsPerSample, columns], dtype: 'f32', rowsPerSample });
      const sources = ['activations'] as const;
      const ring = (name: Ring['name'], words: number): Ring => ({ name, rowBytes: words * 4, every: 1 });
      const rings = {
        moments: ring('ring/moments', MOMENTS.words),
        histograms: ring('ring/histograms', edges.length + 1),
        activity: ring('ring/activity', 2),
        norms: ring('ring/norms', 1),
      };
      graph.apply(momentsOp, [value], { sources, weights: 'parameters', ring: rings.moments });
      graph.apply(clearRowOp, [], { ring: rings.histograms });
      graph.apply(histogramOp, [value], { sources, weights: 'parameters', ring: rings.histograms, edges });
      graph.apply(unitActivityOp, [value], { layers: [{ low: -1, high: 1 }], ring: rings.activity });
      graph.apply(segmentNormOp, [fillPadding(graph, value, 0)], { sums: 0, deltas: 1, segments: [], ring: rings.norms });
      const { swiftshader } = kind;
      const program = await Program.create(device, cache, graph, { outputs: [], rows: 5, capabilities: { swiftshader } });
      const padded = new Float32Array(8 * rowsPerSample * columns).fill(1e4);
      padded.set(x);
      program.write(value, padded);
      program.run();
      const read = async ({ name, rowBytes }: Ring): Promise<ArrayBuffer> => program.runner.read([{ buffer: name, offset: rowBytes, size: rowBytes }]);
      const expected = computeStats(x);
      const moments = new Float32Array(await read(rings.moments));
      expect(moments[0]).toBe(x.length);
      expect(moments[4]! * moments[1]!).toBeCloseTo(expected.l2, 5);
      expect(moments[6]).toBe(Math.fround(expected.max));
      expect([...new Uint32Array(await read(rings.histograms))]).toEqual(computeHistogram(x, edges));
      expect([...new Uint32Array(await read(rings.activity))]).toEqual([1, x.filter((v) => Math.abs(v) > 1).length]);
      expect(new Float32Array(await read(rings.norms))[0]).toBeCloseTo(expected.l2, 5);
      program.destroy();
    },
  );
});
