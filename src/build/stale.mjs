// Whether the built package is older than what it was built from.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** What the command line tool and its page are built from. The lock file stands for the installed packages. */
const SOURCES = ['src', 'shaders', 'demo/data', 'demo/experiments/digits.json', 'package.json', 'package-lock.json', 'vite.config.ts'];

/** What a build leaves, its last file among it. */
const BUILT = ['dist/cli/page.js', 'dist/cli/main.js'];

/**
 * Whether a build is needed: there is none, or a source is as new as it. A file that was deleted or came makes its folder new.
 * @param {string} root - The folder of the repository.
 */
export function isStale(root) {
  try {
    const built = Math.min(...BUILT.map((path) => statSync(join(root, path)).mtimeMs));
    return SOURCES.some((path) => newest(join(root, path)) >= built);
  } catch {
    return true;
  }
}

/** When the newest of a file, or of a folder and all that is in it, was changed. */
function newest(path) {
  const about = statSync(path);
  const inside = about.isDirectory() ? readdirSync(path).map((name) => newest(join(path, name))) : [];
  return Math.max(about.mtimeMs, ...inside);
}
