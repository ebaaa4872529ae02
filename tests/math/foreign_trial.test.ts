// Networks of PyTorch, sick in known ways and healthy, logged by fathom_log.py (tests/fixtures/torch_logs.py): the right cause first, and the same runs through
// norms alone and through every form of log: nothing that contradicts it. The second set was made after the rules were settled.
import { describe, expect, it } from 'vitest';
import { diagnose } from '../../src/experiment/diagnose.ts';
import type { ReadLog } from '../../src/experiment/logs/log_format.ts';
import { asForm, asLogged, FORMS, foreignRuns } from '../support/foreign_runs.ts';

const runs = foreignRuns();
const judge = ({ history }: ReadLog) => diagnose(history);
const grave = (log: ReadLog) => judge(log).findings.filter(({ severity }) => severity !== 'note');
const sick = (set: string) => runs.filter((run) => run.set === set && run.cause !== null);
const healthy = runs.filter(({ cause }) => cause === null);

it.each(['first', 'second'])('of the %s set, at least 0.8 of the sick have the right cause first', (set) => {
  const wrong = sick(set).filter((run) => grave(asLogged(run))[0]?.rule !== run.cause);
  expect(sick(set).length).toBeGreaterThanOrEqual(set === 'first' ? 15 : 12);
  expect(wrong.map(({ name, cause }) => `${name}: ${cause}`).length, wrong.map(({ name }) => name).join(', ')).toBeLessThanOrEqual(0.2 * sick(set).length);
});

it('of the healthy, none has a finding of warn or severe, in any form', () => {
  expect(healthy.length).toBeGreaterThanOrEqual(11);
  for (const run of healthy) {
    expect(grave(asLogged(run)), run.name).toEqual([]);
    if (run.set === 'first') for (const form in FORMS) expect(grave(asForm(run, form)), `${run.name} as ${form}`).toEqual([]);
  }
});

describe.each(Object.keys(FORMS))('as %s', (form) => {
  it('nothing is found that the whole log does not say, and what could not be judged is listed', () => {
    for (const run of sick('first')) {
      const whole = new Set(grave(asLogged(run)).map(({ rule }) => rule));
      const { findings, unchecked } = judge(asForm(run, form));
      const more = findings.filter(({ rule, severity }) => severity !== 'note' && !whole.has(rule)).map(({ rule }) => rule);
      expect(more, `${run.name} as ${form}`).toEqual([]);
      if (run.cause !== null && !findings.some(({ rule }) => rule === run.cause)) {
        // Either the rule could not judge, or what it rests on cannot be had from norms and it says less than the whole log does.
        const listed = unchecked.some(({ rule }) => rule === run.cause);
        expect(listed || findings.length > 0, `${run.name} as ${form}: ${run.cause} is neither found nor listed`).toBe(true);
      }
    }
  });
});
