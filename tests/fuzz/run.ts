// npm run fuzz -- --cases 10000 [--format csv] [--seed 1]
// As many cases of each format, or of one; each failure is printed with the seed and the path that make it again, and ends in status 1.
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { memory, outcomeOf } from './format.ts';
import { FORMATS } from './index.ts';

const { values } = parseArgs({
  options: { cases: { type: 'string', default: '1000' }, format: { type: 'string' }, seed: { type: 'string', default: '1' }, path: { type: 'string' } },
});
const names = values.format ? values.format.split(',') : Object.keys(FORMATS);
for (const name of names) {
  const format = FORMATS[name];
  if (!format) throw new Error(`no format ${name}: there are ${Object.keys(FORMATS).join(', ')}`);
  const counts = { read: 0, refused: 0 };
  let [longest, most] = [0, 0];
  const begin = performance.now();
  const property = fc.asyncProperty(format.cases, async (input) => {
    const [start, grown] = [process.cpuUsage(), memory()];
    counts[await outcomeOf(format, input)]++;
    const { user, system } = process.cpuUsage(start);
    longest = Math.max(longest, user + system);
    most = Math.max(most, grown());
  });
  const result = await fc.check(property, {
    numRuns: Number(values.cases),
    seed: Number(values.seed),
    ...(values.path ? { path: values.path } : {}),
    endOnFailure: false,
  });
  const seconds = ((performance.now() - begin) / 1000).toFixed(1);
  console.log(
    `${name}: ${counts.read} read, ${counts.refused} refused in ${seconds} s; the longest took ${(longest / 1e3).toFixed(0)} ms, the largest ${Math.round(most / 2 ** 20)} MiB`,
  );
  if (!result.failed) continue;
  process.exitCode = 1;
  const [input] = (result.counterexample ?? []) as unknown[];
  const shown = input instanceof Uint8Array ? `base64 ${Buffer.from(input).toString('base64')}` : JSON.stringify(input);
  console.log(
    `  fails: --seed ${result.seed} --path ${result.counterexamplePath}\n  ${String((result.errorInstance as Error)?.stack)
      .split('\n')
      .slice(0, 8)
      .join('\n  ')}\n  of ${shown.slice(0, 1500)}`,
  );
}
