// Writes a network as code in a thread of its own: the writers know every layer and optimizer, which the page's own thread need not load.
import { jsProgram } from '../../src/exchange/js_program.ts';
import { torchProgram } from '../../src/exchange/pytorch_program.ts';
import type { Experiment } from '../../src/experiment/index.ts';

export interface CodeQuestion {
  document: Experiment;
  features: number;
  classIndices: boolean;
}

/** The text, or why there is none. */
export type Written = { text: string } | { wrong: string };

export interface CodeAnswer {
  pytorch: Written;
  /** null where the rows stand in the document itself. */
  fathom: Written | null;
}

function written(write: () => string): Written {
  try {
    return { text: write() };
  } catch (error) {
    return { wrong: (error as Error).message };
  }
}

addEventListener('message', ({ data: { document, features, classIndices } }: MessageEvent<CodeQuestion>) => {
  const inside = document.data.source === 'csv' && document.data.text !== undefined;
  const answer: CodeAnswer = {
    pytorch: written(() => torchProgram(document, { features, classIndices })),
    fathom: inside ? null : written(() => jsProgram(document, { rowsOfNumbers: !classIndices })),
  };
  postMessage(answer);
});
