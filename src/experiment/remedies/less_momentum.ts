import type { OptimizerDocument } from '../document.ts';
import type { Remedy } from './remedy.ts';

/** What most use. */
const USUAL = 0.9;

export const lessMomentum: Remedy = {
  text: {
    en: { title: 'less momentum', summary: '0.9, as usual: a step remembers some ten before it; each is shorter than with more' },
    zh: { title: '减小动量', summary: '用常用的 0.9：每一步只记得之前约十步；步子比动量更大时短' },
  },
  propose(document) {
    const { optimizer } = document;
    if (!('momentum' in optimizer) || !((optimizer.momentum ?? 0) > USUAL)) return null;
    return {
      document: { ...document, optimizer: { ...optimizer, momentum: USUAL } as OptimizerDocument },
      why: `A momentum of ${optimizer.momentum} adds up too many gradients: ${USUAL} is usual.`,
    };
  },
};
