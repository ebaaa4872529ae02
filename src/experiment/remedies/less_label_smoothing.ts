import type { LossDocument } from '../document.ts';
import type { Remedy } from './remedy.ts';

/** What most use (Szegedy 2016). */
const USUAL = 0.1;

export const lessLabelSmoothing: Remedy = {
  text: {
    en: { title: 'less label smoothing', summary: '0.1, as usual: the right class stands out; answers become surer of themselves' },
    zh: { title: '减弱标签平滑', summary: '用常用的 0.1：正确类别更突出；回答会更自信' },
  },
  propose(document) {
    const { loss } = document;
    if (typeof loss === 'string' || !('labelSmoothing' in loss) || !((loss.labelSmoothing ?? 0) > USUAL)) return null;
    return {
      document: { ...document, loss: { ...loss, labelSmoothing: USUAL } as LossDocument },
      why: `A smoothing of ${loss.labelSmoothing} leaves next to no difference between the right class and the others: ${USUAL} is usual.`,
    };
  },
};
