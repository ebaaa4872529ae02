// The package as others get it: packed, and unpacked into a folder's node_modules.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const root = new URL('../..', import.meta.url).pathname;

/** Packs the package, which builds it first, and unpacks it beside the programs of a folder. Returns where it lies; the packed file is in the folder. */
export function installPacked(app: string): { installed: string; packed: string } {
  // What the build prints is no part of the answer: the file itself is looked for.
  execFileSync('npm', ['pack', '--loglevel', 'error', '--pack-destination', app], { cwd: root, stdio: 'ignore' });
  const packed = join(app, readdirSync(app).find((file) => file.endsWith('.tgz'))!);
  const installed = join(app, 'node_modules/fathom-webgpu');
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['-xzf', packed, '-C', installed, '--strip-components', '1']);
  return { installed, packed };
}
