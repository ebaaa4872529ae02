import type { Reporter, TestCase, TestModule } from 'vitest/node';

const SLOWEST = 20;

/** After vitest's own lines: the slowest tests, and what every folder of tests came to. */
export class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    console.log(slowestTests(modules));
    console.log(folders(modules));
  }
}

function slowestTests(modules: readonly TestModule[]): string {
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  const milliseconds = (test: TestCase): number => test.diagnostic()?.duration ?? 0;
  const slowest = tests.sort((a, b) => milliseconds(b) - milliseconds(a)).slice(0, SLOWEST);
  const lines = slowest.map((test) => `${seconds(milliseconds(test))}  ${test.module.relativeModuleId}  ${test.fullName}`);
  return ['', `The slowest ${lines.length} tests`, ...lines].join('\n');
}

/** Seconds are those of the tests themselves; folders run beside each other, so that they add up to more than the run took. */
function folders(modules: readonly TestModule[]): string {
  const rows = new Map<string, { passed: number; failed: number; skipped: number; milliseconds: number }>();
  for (const module of modules) {
    const name = module.relativeModuleId.split('/').slice(0, 2).join('/');
    const row = rows.get(name) ?? { passed: 0, failed: 0, skipped: 0, milliseconds: 0 };
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state !== 'pending') row[state]++;
    }
    row.milliseconds += module.diagnostic().duration;
    rows.set(name, row);
  }
  const line = (name: string, passed: number | string, failed: number | string, skipped: number | string, time: string): string =>
    `${name.padEnd(20)}${String(passed).padStart(8)}${String(failed).padStart(8)}${String(skipped).padStart(9)}${time.padStart(10)}`;
  const lines = [...rows].map(([name, row]) => line(name, row.passed, row.failed, row.skipped, seconds(row.milliseconds)));
  return ['', line('Folder', 'passed', 'failed', 'skipped', 'seconds'), ...lines].join('\n');
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(1).padStart(6);
}
