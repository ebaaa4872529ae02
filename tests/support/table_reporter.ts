import { appendFileSync } from 'node:fs';
import type { Reporter, TestCase, TestModule } from 'vitest/node';

/** What came of a test. */
export interface Told {
  readonly file: string;
  readonly name: string;
  readonly state: 'passed' | 'failed' | 'skipped';
  /** Why it was skipped, or how it failed. */
  readonly why: string;
}

/** A line of JSON for each test, as soon as its file is done, into the file that TOLD names: what a runtime has done is known even where it does not end. */
export default class TableReporter implements Reporter {
  onTestModuleEnd(module: TestModule): void {
    const file = module.relativeModuleId;
    const tests = [...module.children.allTests()].map((test) => told(file, test));
    const errors = module.errors().map(({ message }): Told => ({ file, name: 'is loaded', state: 'failed', why: message }));
    for (const each of [...tests, ...errors]) appendFileSync(process.env.TOLD!, `${JSON.stringify(each)}\n`);
  }
}

function told(file: string, test: TestCase): Told {
  const result = test.result();
  const why = result.state === 'skipped' ? (result.note ?? 'for `npm run test:all`, or not for this adapter') : (result.errors?.[0]?.message ?? '');
  return { file, name: test.fullName, state: result.state === 'pending' ? 'skipped' : result.state, why };
}
