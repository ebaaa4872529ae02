// The page on a device that computes a kernel wrongly: the WebGPU of its worker is changed before the worker's program begins.
import type { Page } from 'puppeteer';

/** What is planted, into a kernel that is SwiftShader's own, or one that every adapter has. Names are short in the built page, those of the language are not. */
const PLANTS = {
  own: { kernel: 'dense_weight_grads_quad', right: 'vec4f()', wrong: 'vec4f(0.1)' },
  every: { kernel: 'loss_cross_entropy', right: 'exp(', wrong: '0.5 * exp(' },
} as const;

export function plantInWorker(page: Page, where: keyof typeof PLANTS): Promise<unknown> {
  const { kernel, right, wrong } = PLANTS[where];
  const planted = `const compile = GPUDevice.prototype.createShaderModule;
    GPUDevice.prototype.createShaderModule = function (given) {
      if (given.label !== '${kernel}') return compile.call(this, given);
      const code = given.code.replace('${right}', '${wrong}');
      if (code === given.code) throw new Error('nothing was planted');
      return compile.call(this, { ...given, code });
    };`;
  return page.evaluateOnNewDocument((code) => {
    const address = (text: string): string => URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
    const Own = Worker;
    globalThis.Worker = class extends Own {
      constructor(url: string | URL, options?: WorkerOptions) {
        super(address(`import '${address(code)}';\nimport '${new URL(url, location.href)}';`), options);
      }
    };
  }, planted);
}
