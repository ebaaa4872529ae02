// In the page's worker: shaders that its first network does without are in a file of their own, which is loaded before the first kernel that is linked with one.
import { dirname, resolve } from 'node:path';
import type { Plugin } from 'vite';
import { minifiedShaders } from '../shaders/wgsl_plugin.ts';
import { FIRST_SHADERS } from './engine/first_shaders.ts';

const FOLDER = `${resolve(import.meta.dirname, '../shaders')}/`;
const HANDLES = '\0late-shaders';
const TEXTS = '\0late-shader-texts';
/** Before the path of a late shader, which ends as no file of WGSL does: the plugin `wgsl` shall not take its handle for one. */
const LATE = '\0late-shader:';

/** Whether a shader's text comes later: it is asked for as a whole, by `link` and JSON. */
export const isLate = (file: string): boolean => !FIRST_SHADERS.has(file);

/** To be put before the plugin `wgsl`. */
export function lateShaders(): Plugin {
  return {
    name: 'late-shaders',
    apply: 'build',
    enforce: 'pre',
    resolveId(id, importer) {
      if (id === HANDLES || id === TEXTS) return id;
      if (!importer || !id.endsWith('.wgsl')) return null;
      const path = resolve(dirname(importer), id);
      const file = path.slice(FOLDER.length, -'.wgsl'.length);
      return path.startsWith(FOLDER) && isLate(file) ? LATE + file : null;
    },
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
      return id.startsWith(LATE) ? `import { late } from '${HANDLES}'; export default late('${id.slice(LATE.length)}');` : null;
    },
  };
}
