// Vitest's setup of the tests in Node.
import { provideGpu } from './gpu_node.ts';

await provideGpu();
