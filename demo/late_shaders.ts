// In the page's worker: shaders that its first network does without are in a file of their own, which is loaded before the first kernel that is linked with one.
import { join } from 'node:path';
import type { Plugin } from 'vite';
import { minifiedShaders } from '../shaders/wgsl_plugin.ts';
import { FIRST_SHADERS } from './engine/first_shaders.ts';

const FOLDER = join(import.meta.dirname, '../shaders/');
const HANDLES = '\0late-shaders';
const TEXTS = '\0late-shader-texts';

/** Whether a shader's text comes later: it is asked for as a whole, by `link` and JSON. */
export const isLate = (file: string): boolean => !FIRST_SHADERS.has(file);

/** To be put before the plugin `wgsl`. */
export function lateShaders(): Plugin {
  return {
    name: 'late-shaders',
    apply: 'build',
    enforce: 'pre',
    resolveId: (id) => (id === HANDLES || id === TEXTS ? id : null),
    load(id) {
      if (id === TEXTS) return `export default ${JSON.stringify(Object.fromEntries([...minifiedShaders()].filter(([file]) => isLate(file))))};`;
      if (id === HANDLES)
        return `let texts;
export const load = async () => { texts ??= (await import('${TEXTS}')).default; };
export const late = (file) => ({ split: (by) => texts[file].split(by), toJSON: () => texts[file] });`;
      if (id.endsWith('/src/gpu/shader_texts.ts'))
        return `import { load } from '${HANDLES}';
export const withTexts = async (sources) => {
  if (sources.some(({ text }) => typeof text !== 'string')) await load();
  return sources;
};`;
      const file = id.startsWith(FOLDER) && id.endsWith('.wgsl') ? id.slice(FOLDER.length, -'.wgsl'.length) : null;
      if (file === null || !isLate(file)) return null;
      return { code: `import { late } from '${HANDLES}'; export default late('${file}');`, moduleType: 'js' };
    },
  };
}
