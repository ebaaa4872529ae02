// node tests/support/run_ts.mjs tests/bench/memory.ts: what a step of a network takes on the GPU, as `explain` prints it, beside the bytes that PyTorch keeps for
// its backward pass alone (tests/fixtures/torch_networks.py, by `saved_tensors_hooks`). Nothing is run: a plan is data.
import { mse } from '../../src/nn/losses.ts';
import { loadKernels } from '../../src/ops/kernel_choice.ts';
import { schedule } from '../../src/scheduler/schedule.ts';
import { sizeOf } from '../../src/shape.ts';
import { kept } from '../fixtures/torch_networks.json';
import { PORTABLE, SWIFTSHADER, stepGraph } from '../support/models.ts';
import { IMAGE, NETWORKS, resnet } from '../support/networks.ts';

await loadKernels();
const NETS = { ...NETWORKS, resnet20: resnet(20), resnet56: resnet(56), resnet110: resnet(110) };

console.log('| network | dispatches | activations, bytes | PyTorch keeps | ratio | without reuse, times as much |\n|---|---|---|---|---|---|');
for (const [name, model] of Object.entries(NETS)) {
  const inputs = { x: { shape: IMAGE, dtype: 'f32' as const } };
  const { graph, gradientSlots } = stepGraph(model, { inputs, ...(name === 'unet' ? { loss: mse() } : {}) });
  const [plan, quads] = [PORTABLE, SWIFTSHADER].map((capabilities) => schedule(graph, { capabilities, gradientSlots }));
  const bytes = plan!.activations.reduce((sum, buffer) => sum + buffer.bytes, 0);
  const all = graph.values.reduce((sum, { origin, type }) => sum + (origin === 'node' ? sizeOf(type.shape) * 4 : 0), 0);
  const torch = kept[name as keyof typeof kept];
  console.log(
    `| ${name} | ${plan!.dispatches.length}, ${quads!.dispatches.length} on SwiftShader | ${bytes} | ${torch} | ${(bytes / torch).toFixed(2)} | ${(all / bytes).toFixed(1)} |`,
  );
}
