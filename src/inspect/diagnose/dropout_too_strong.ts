import { endEvidence, endWords, ofPoorRuns, SYMPTOMS } from './outcome.ts';
import { comparable, figure, median, percent, startingLoss } from './read.ts';
import { rule } from './rule.ts';

/**
 * Dropout that drowns the signal. Dropping a fraction p adds to each unit noise of p / (1 - p) times its mean square (Srivastava 2014; Wager 2013), so that the
 * layers' sum of p / (1 - p) is the noise for one unit of signal: 1 at the usual 0.5, 4 at 0.8 or at four layers of 0.5, and from there on it is too much
 * where the run learned less than half of what there is. A layer of fewer than `narrow` units has none to spare that could say the same as those that are dropped, and counts
 * as many times more. Below `certain` only with the sign of it, a training loss that is higher than that of the validation,
 * which drops nothing, or with nothing learned at all.
 */
export const dropoutTooStrong = rule({
  needs: [],
  levels: { noise: 4, certain: 6, gap: 0.05, narrow: 8 },
  remedies: ['less_dropout'],
  explains: SYMPTOMS,
  text: {
    en: { title: 'Dropout is too strong', evidence: '{dropout} dropped in {layers} layers' },
    zh: { title: 'Dropout 过强', evidence: '{layers} 层丢弃 {dropout}' },
  },
  check(history, levels) {
    return ofPoorRuns(history, history.facts && (history.facts.layers ?? []), 'dropout', (layers, severity) => {
      const dropped = layers.filter(({ dropout }) => dropout > 0);
      const scarce = (name: string): number => Math.max(1, levels.narrow / (history.layers.find((layer) => layer.name === name)?.width || levels.narrow));
      const noise = dropped.reduce((sum, { dropout, name }) => sum + (scarce(name) * dropout) / (1 - dropout), 0);
      if (!(noise >= levels.noise)) return [];
      const recent = comparable(history).slice(-3);
      const gap = median(recent.map(({ trainLoss, validationLoss }) => trainLoss - validationLoss));
      const sign = gap !== undefined && gap > levels.gap * (startingLoss(history) ?? Number.POSITIVE_INFINITY);
      if (noise < levels.certain && severity !== 'severe' && !sign) return [];
      const worst = dropped.reduce((a, b) => (b.dropout > a.dropout ? b : a));
      const message = `Dropout sets ${percent(worst.dropout)} of the units after ${worst.name} to 0${
        dropped.length > 1 ? `, and there is some after ${dropped.length} layers` : ''
      }: noise of ${figure(noise)} times the signal; ${endWords(history, figure)}.`;
      return [
        {
          severity,
          layer: worst.name,
          message,
          evidence: {
            dropout: worst.dropout,
            layers: dropped.length,
            noise,
            ...(gap === undefined ? {} : { gap }),
            ...endEvidence(history),
            level: levels.noise,
          },
        },
      ];
    });
  },
});
