// `fathom selftest`: whether this device computes what it should.
import { toJson } from '../experiment/json.ts';
import type { SelfTestResult } from '../verify/index.ts';
import { digitsDocument, type Loaded, loadDocument } from './documents.ts';
import { EXIT } from './exit.ts';
import { columns, painted, print } from './print.ts';
import { onTerminal } from './result_text.ts';
import { Session, type Where } from './session.ts';
import { table } from './table.ts';

export interface SelfTestFlags extends Where {
  /** What is printed: text for people, or JSON for programs. */
  format?: 'text' | 'json';
}

/** Prints what each kernel variant of a document's step comes to; status 1 where one is wrong. */
export async function selfTestCommand(path: string | undefined, flags: SelfTestFlags): Promise<number> {
  const { document, files }: Pick<Loaded, 'document' | 'files'> = path === undefined ? { document: digitsDocument(), files: new Map() } : loadDocument(path);
  const session = await Session.open(flags);
  try {
    const result = await session.selfTest(document, files);
    if (flags.format === 'json') print(toJson(result, 2));
    else {
      const { description, fallback } = session.adapter;
      print(`Adapter: ${description || 'hidden by the browser'}${fallback ? ' (software)' : ''}\n`);
      print(table(rowsOf(result), columns()));
      print('\n', painted('strong', onTerminal(result.message)), ` ${result.seconds.toFixed(1)} s.`);
    }
    return result.verdict === 'right' ? EXIT.done : EXIT.findings;
  } finally {
    await session.close();
  }
}

/** A row per variant, the wrong ones first; below those what is wrong with them. */
function rowsOf({ variants }: SelfTestResult): string[][] {
  const order = ['wrong', 'not tested', 'right'];
  const sorted = [...variants].sort((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict));
  return [
    ['kernel', 'in the step', 'verdict', 'off by', ''],
    ...sorted.map(({ kernel, dispatches, files, verdict, error, detail }) => [
      kernel,
      String(dispatches),
      verdict,
      error === undefined ? '' : error.toExponential(1),
      verdict === 'right'
        ? `with ${
            files
              .filter((file) => !file.startsWith('lib/'))
              .slice(1)
              .join(', ') || 'nothing else'
          }`
        : detail,
    ]),
  ];
}
