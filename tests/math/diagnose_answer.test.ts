// What diagnose answers beside its findings: what could not be judged, what follows from what, and rules of one's own.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadRules } from '../../src/cli/own_rules.ts';
import { plain } from '../../src/cli/print.ts';
import { findingsText } from '../../src/cli/result_text.ts';
import { nothingFound } from '../../src/inspect/diagnose/health.ts';
import { diagnose, type OwnRule, RULES, type Rule, unchecked } from '../../src/inspect/diagnose/index.ts';
import { history, layers, stuckLoss } from '../support/synthetic_history.ts';

const own = (more: Partial<OwnRule> = {}): OwnRule => ({
  name: 'loss_above_one',
  needs: [],
  levels: { loss: 1 },
  remedies: [],
  text: { en: { title: 'The loss is above one', evidence: '{loss}' }, zh: { title: '损失大于一', evidence: '{loss}' } },
  check({ steps }, { loss }) {
    const now = steps.loss.at(-1)!;
    return now > loss! ? [{ severity: 'warn', message: `The loss is ${now}.`, evidence: { loss: now } }] : [];
  },
  ...more,
});

const stuck = history({ layers: layers(3), loss: stuckLoss, steps: 60 });

describe('rules that cannot judge', () => {
  it('are named with what is missing: statistics that were not taken', () => {
    const bare = history({ layers: layers(3), steps: 3 });
    const without = { ...bare, steps: [...bare.steps].map(({ layers: _, ...step }) => step) };
    const { unchecked } = diagnose(without, { rules: ['vanishing_with_depth', 'loss_stuck'] });
    expect(unchecked).toEqual([
      { rule: 'vanishing_with_depth', why: 'no statistics of delta' },
      { rule: 'loss_stuck', why: 'the history does not say how frequent its classes are' },
    ]);
    expect(diagnose(bare, { rules: ['vanishing_with_depth'] }).unchecked).toEqual([]);
  });

  it('say why themselves, and keep a run from being called healthy unless they are minor', () => {
    const asked = (minor?: true) => diagnose(stuck, { rules: [], more: [own({ ...(minor ? { minor } : {}), check: () => unchecked('no sun') })] });
    expect(asked()).toEqual({ findings: [], unchecked: [{ rule: 'loss_above_one', why: 'no sun' }] });
    expect(plain(findingsText(asked(), 60))).toBe('Nothing found in 60 steps. Not checked: loss_above_one (no sun).');
    expect(asked(true).unchecked).toEqual([{ rule: 'loss_above_one', why: 'no sun', minor: true }]);
    expect(nothingFound(asked(true), 60)).toBe('Healthy: nothing found in 60 steps.');
  });
});

describe('rules of one’s own', () => {
  it('are asked after the others, and their findings are like theirs', () => {
    const { findings } = diagnose(stuck, { more: [own()] });
    expect(findings.at(-1)).toMatchObject({ rule: 'loss_above_one', title: 'The loss is above one', severity: 'warn', remedies: [] });
    expect(findings.length).toBeGreaterThan(1);
  });

  it('are refused where they are none, or have a name that is taken', () => {
    expect(() => diagnose(stuck, { more: [{ name: 'x' }] as never })).toThrow(/more\[0\]: expected a rule with name, needs, levels/);
    expect(() => diagnose(stuck, { more: [own({ name: 'loss_stuck' })] })).toThrow('there is a rule loss_stuck already');
    expect(() => diagnose(stuck, { more: [own(), own()] })).toThrow('there is a rule loss_above_one already');
  });

  it('come from a module on the command line', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fathom-rules-'));
    const path = join(folder, 'rules.mjs');
    writeFileSync(path, 'export default [{ name: "mine", needs: [], levels: {}, remedies: [], text: {}, check: () => [] }];');
    expect((await loadRules(path)).map(({ name }) => name)).toEqual(['mine']);
    writeFileSync(join(path, '../none.mjs'), 'export const rules = [];');
    await expect(loadRules(join(path, '../none.mjs'))).rejects.toThrow('whose default export is a list of rules');
    await expect(loadRules(join(path, '../absent.mjs'))).rejects.toThrow(/--rules .*absent/);
    rmSync(folder, { recursive: true });
  });
});

describe('causes and consequences', () => {
  const cause = own({ name: 'cause', explains: ['loss_stuck'], check: () => [{ severity: 'warn', message: 'A cause.', evidence: {} }] });

  it('stand one below the other: the cause is as grave as the gravest that follows from it', () => {
    const grave = own({ name: 'grave', check: () => [{ severity: 'warn', message: 'Grave.', evidence: {} }] });
    const follows = own({
      name: 'follows',
      check: () => [{ severity: 'severe', kind: 'a', message: 'Follows.', evidence: {} }],
      text: { a: own().text } as never,
    });
    const { findings } = diagnose(stuck, { rules: [], more: [grave, { ...cause, explains: ['follows/a'] }, follows] });
    expect(findings.map(({ rule, consequenceOf }) => [rule, consequenceOf])).toEqual([
      ['cause', undefined],
      ['follows', 'cause'],
      ['grave', undefined],
    ]);
    expect(plain(findingsText({ findings, unchecked: [] }, 60))).toMatch(/severe +The loss is above one, follows from cause/);
  });

  it('of a note nothing follows', () => {
    const note = { ...cause, check: (): ReturnType<OwnRule['check']> => [{ severity: 'note' as const, message: 'A note.', evidence: {} }] };
    const { findings } = diagnose(stuck, { rules: [], more: [note, own({ name: 'other' })] });
    expect(findings.every(({ consequenceOf }) => consequenceOf === undefined)).toBe(true);
  });

  it('name findings that exist', () => {
    for (const [id, { explains = [] }] of Object.entries<Rule>(RULES))
      for (const name of explains) {
        const [other, kind] = name.split('/') as [keyof typeof RULES, string?];
        expect(RULES, `${id} explains ${name}`).toHaveProperty(other);
        if (kind) expect(RULES[other].text, `${id} explains ${name}`).toHaveProperty(kind);
      }
  });
});
