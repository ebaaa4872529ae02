// npm run adapter: what the adapter in Node is and what it offers. GPU=1 for the machine's own.
import { Device } from '../../src/gpu/device.ts';
import { provideGpu } from './gpu_node.ts';

await provideGpu();
const adapter = await navigator.gpu.requestAdapter();
if (!adapter) throw new Error('no adapter');
const { vendor, architecture, device, description } = adapter.info;
const limits: string[] = [];
for (const name in adapter.limits) limits.push(`${name} ${adapter.limits[name as keyof GPUSupportedLimits]}`);
console.log(`adapter: ${description} (vendor ${vendor}, architecture ${architecture}, device ${device})`);
console.log(`features: ${[...adapter.features].sort().join(', ')}`);
console.log(`limits: ${limits.filter((limit) => /compute|storage|maxBuffer/i.test(limit)).join(', ')}`);
console.log('taken for:', (await Device.create()).capabilities);
