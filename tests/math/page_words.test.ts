// The page's sentences are true of the numbers beside them: of a remedy that turns one ill into another, of what a step does, of what was not checked.
import { describe, expect, test } from 'vitest';
import { sizeWords } from '../../demo/hand/numbers.ts';
import { bendOf } from '../../demo/hand/walk.ts';
import { written } from '../../demo/hand/written.ts';
import { loadWords, translator } from '../../demo/i18n.ts';
import type { Run } from '../../demo/run.ts';
import { findingTitle, uncheckedText, verdict, zoneBy } from '../../demo/verdict.ts';
import { findingOf, runOf } from '../page/runs.ts';

// Chinese words come where they are asked for.
await loadWords('zh');

const say = (run: Run, before: Run | null = null, language: 'en' | 'zh' = 'en') =>
  verdict({ run, before, tried: null, stale: false, language, t: translator(language) });
/** The same run with updates of this size over the weights. */
const moving = (run: Run, update: number): Run => Object.assign(run, { update: () => update });

describe('the verdict on a remedy', () => {
  test('that turns a vanishing gradient into an exploding one is not that it is better', () => {
    expect(say(runOf(40, 1.25, 30), runOf(40, 0.5, 30))).toMatchObject({ state: 'worse', title: 'It vanished before, and explodes now.' });
    expect(say(runOf(40, 0.8, 30), runOf(40, 2, 30), 'zh')).toMatchObject({ state: 'worse', title: '之前是爆炸，现在却消失了。' });
  });

  test('that comes nearer and changes no result says no more than that', () => {
    const nearer = runOf(40, 0.8, 30);
    expect(say(nearer, runOf(40, 0.5, 30)).title).toBe('Better, not fixed.');
    nearer.judgement = { type: 'judgement', run: 1, verdict: 'did not help', unit: 'loss', loss: 0.7, untreatedLoss: 0.7, baselineLoss: 0.69 };
    expect(say(nearer, runOf(40, 0.5, 30))).toMatchObject({ state: 'better', title: 'Nearer, not fixed.' });
  });
});

describe('what a step does', () => {
  test('is said from the sizes of its updates', () => {
    const boom = () => runOf(40, 1.5, 30);
    expect(say(moving(boom(), 0.3)).lead).toMatch(/as much as layer 40; a step moves its weights by 30\u2009% of their size\.$/);
    expect(say(moving(boom(), 1e-4)).lead).toMatch(/as much as layer 40\.$/);
    expect(say(moving(boom(), 0.3), null, 'zh').lead).toContain('移动自身大小的 30\u2009%。');
    expect(say(moving(runOf(40, 0.5, 30), 1e-9)).lead).toMatch(/reaches layer 1, so the first layers cannot learn\.$/);
    // As with Adam, which divides by the size of the gradient.
    expect(say(moving(runOf(40, 0.5, 30), 1e-2)).lead).toMatch(/reaches layer 1\.$/);
  });

  test('the headline calls a gradient by the name that the findings have for it', () => {
    const run = runOf(40, 1.25, 30);
    run.findings = [findingOf('exploding_with_depth', 'warn')];
    expect(say(run)).toMatchObject({ state: 'growing', title: 'The gradient grows on its way down.' });
    expect(findingTitle(run.findings[0]!, 'en')).toBe('The gradient grows on its way down');
    run.findings = [findingOf('exploding_with_depth', 'severe')];
    expect(say(run).state).toBe('explode');
    // Of a log, too, whose rules may look at fewer layers than its rows are.
    expect(zoneBy({ findings: [findingOf('vanishing_with_depth', 'warn')], ratio: -7.5 })).toBe('fading');
    expect(zoneBy({ findings: [], ratio: -7.5 })).toBe('vanish');
  });
});

test('what stands in bold is not within bold, whatever arrives', () => {
  for (const language of ['en', 'zh'] as const)
    for (const log of [-44, -8, -1.5, -0.2, 0, 0.2, 0.5, 2, 14.7, 40, Number.POSITIVE_INFINITY]) {
      const waiting = runOf(40, 1, 0);
      Object.assign(waiting.start, { theory: { delta: [log] } });
      const situation = { run: waiting, before: null, tried: null, stale: false, playing: false, language, t: translator(language) };
      const leads = [verdict(situation).lead];
      if (Math.abs(log) < 15) {
        const run = () => runOf(40, 10 ** (log / 39), 30);
        leads.push(say(run(), null, language).lead, say(run(), runOf(40, 0.5, 30), language).lead, say(runOf(40, 1, 30), run(), language).lead);
      }
      for (const lead of leads) expect(lead, `${language} ${log}`).not.toMatch(/<(b|i)>(?:(?!<\/\1>).)*<\1>/);
    }
});

test('what was not checked is no accusation', () => {
  const of = (title: string, zh: string) => ({ en: { title, summary: '' }, zh: { title: zh, summary: '' } });
  const left = [of('Only one class is ever answered', '只答一类'), of('R² falls', 'R² 下降')];
  expect(uncheckedText(left, 'en', translator('en'))).toBe('Not checked: whether only one class is ever answered, or R² falls.');
  expect(uncheckedText(left, 'zh', translator('zh'))).toBe('未检查：是否“只答一类”、“R² 下降”。');
});

test('a line that bends so that one sees it has its factor for a mean; one that is nearly straight has not', () => {
  const line = (of: (l: number) => number) => Array.from({ length: 50 }, (_, l) => of(49 - l));
  expect(bendOf(line((l) => l * Math.log10(0.69)))).toMatchObject({ bent: false, least: expect.closeTo(0.69), most: expect.closeTo(0.69) });
  // Rises to 1.6 times, and comes back: all of it arrives, and no layer hands on just that.
  expect(bendOf(line((l) => 0.2 * Math.sin((Math.PI * l) / 49)))).toMatchObject({ bent: true, least: expect.closeTo(0.971, 2), most: expect.closeTo(1.03, 2) });
});

test('sizes within a sentence', () => {
  expect([0, -2, 1.2].map((log) => sizeWords(log, 'en'))).toEqual(['all of it', '1 in 100', '16 times']);
  expect(written('at the start[, when {p} came]; now', {})).toBe('at the start; now');
  expect(written('at the start[, when {p} came]; now', { p: '3' })).toBe('at the start, when 3 came; now');
});
