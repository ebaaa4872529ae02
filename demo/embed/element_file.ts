// A Vite plugin: builds demo/embed/element.ts into fathom-lab.js, a name that others can write down, beside the page.
import { build, type Plugin, type Rolldown } from 'vite';

/** Emits fathom-lab.js. It is a build of its own: a script that is no module imports nothing. */
export function elementFile(): Plugin {
  return {
    name: 'element-file',
    apply: 'build',
    async generateBundle() {
      const [made] = (await build({
        configFile: false,
        logLevel: 'error',
        build: {
          target: 'es2022',
          write: false,
          lib: { entry: new URL('./element.ts', import.meta.url).pathname, formats: ['iife'], name: 'fathomLab' },
        },
      })) as Rolldown.RolldownOutput[];
      this.emitFile({ type: 'asset', fileName: 'fathom-lab.js', source: made!.output[0].code });
    },
  };
}
