// Names that PyTorch and Keras have for what is called otherwise here, for the messages that refuse them in documents and flags.
import { meant } from '../nearest.ts';

/** Here, by the name elsewhere without case, spaces and signs. */
const NAMES: Readonly<Record<string, string>> = {
  categoricalcrossentropy: 'softmax_cross_entropy',
  sparsecategoricalcrossentropy: 'softmax_cross_entropy',
  crossentropy: 'softmax_cross_entropy',
  crossentropyloss: 'softmax_cross_entropy',
  binarycrossentropy: 'bce_with_logits',
  bce: 'bce_with_logits',
  bcewithlogitsloss: 'bce_with_logits',
  meansquarederror: 'mse',
  mseloss: 'mse',
  meanabsoluteerror: 'mae',
  l1loss: 'mae',
  smoothl1loss: 'huber',
  swish: 'silu',
  kaimingnormal: 'he_normal',
  kaiminguniform: 'he_uniform',
  xaviernormal: 'glorot_normal',
  xavieruniform: 'glorot_uniform',
  randomnormal: 'normal',
  randomuniform: 'uniform',
  linear: 'dense',
  fullyconnected: 'dense',
  zeros: 'constant',
};

/** What is no layer or activation here, as another part of the document does it. */
const PARTS: Readonly<Record<string, string>> = {
  softmax: 'the loss softmax_cross_entropy has the softmax in it: leave it out',
  logsoftmax: 'the loss softmax_cross_entropy has the softmax in it: leave it out',
};

/** The end of a message that refuses a name: what it is called here, what does it here, or which name was meant. */
export function meantHere(written: unknown, names: readonly string[]): string {
  const plain = typeof written === 'string' && written.length < 60 ? written.toLowerCase().replace(/[^a-z0-9]/g, '') : '';
  if (Object.hasOwn(PARTS, plain) && (names.includes('sigmoid') || names.includes('dense'))) return `; ${PARTS[plain]}`;
  const here = Object.hasOwn(NAMES, plain) ? NAMES[plain]! : undefined;
  return here !== undefined && names.includes(here) ? `; it is called "${here}" here` : meant(written, names);
}
