// Programs that tests run: named by a variable of the environment, or on PATH.
import { isExecutable, onPath } from '../../src/cli/on_path.ts';
import { UsageError } from '../../src/errors.ts';

/** The path in the variable, else the first on PATH with one of these names; undefined where there is none. Throws UsageError where the variable names no program. */
export function findProgram(variable: string, names: readonly string[]): string | undefined {
  const wanted = process.env[variable];
  if (wanted && !isExecutable(wanted)) throw new UsageError(`${variable}: expected an executable file, got ${JSON.stringify(wanted)}. Correct it or unset it.`);
  return wanted || names.map(onPath).find((path) => path !== undefined);
}
