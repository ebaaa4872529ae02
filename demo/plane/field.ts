// The field in which a formula is written: what is wrong with it is said below it, with the place, and the network stays.
import './field.css';
import type GUI from 'lil-gui';
import type { Controller } from 'lil-gui';
import type { App } from '../app.ts';
import { h } from '../dom.ts';
import { fill } from '../i18n.ts';
import { DEFAULTS, MOST_CHARACTERS, type Settings } from '../settings.ts';
import { FormulaError, NAMES } from './formula.ts';
import { byFormula } from './rows.ts';
import { PLANE_WORDS } from './text.ts';

/** Adds the field to the controls, over their values. */
export function formulaField(app: App, folder: GUI, values: Settings): Controller {
  const w = PLANE_WORDS[app.store.state.language];
  const said = h('p', { class: 'formula-wrong', role: 'alert', id: 'formula-wrong' });
  const hint = h('p', { class: 'formula-hint', id: 'formula-hint' }, w.formula_help);

  /** Says what is wrong with a formula; whether nothing is. */
  function passes(formula: string): boolean {
    said.textContent = '';
    try {
      byFormula(formula, app.store.state.settings.seed);
    } catch (error) {
      if (!(error instanceof FormulaError)) throw error;
      const { wrong, at, what } = error;
      said.textContent = fill(w[`formula_${wrong}`], { at, what, names: NAMES.join(', ') });
    }
    field.setAttribute('aria-invalid', String(said.textContent !== ''));
    return said.textContent === '';
  }

  const controller = folder.add(values, 'formula').name(w.formula);
  controller.domElement.dataset.setting = 'formula';
  controller.domElement.classList.add('formula');
  const field = controller.domElement.querySelector('input')!;
  field.setAttribute('aria-label', w.formula);
  field.setAttribute('aria-describedby', `${said.id} ${hint.id}`);
  field.maxLength = MOST_CHARACTERS;
  field.spellcheck = false;
  controller.domElement.append(said, hint);
  controller.onFinishChange((formula: string) => {
    if (passes(formula) && formula !== app.store.state.settings.formula) app.session.change({ formula });
  });
  controller.disable(app.recorded);
  // An address with a formula that is none trains with the page's own.
  const { formula } = app.store.state.settings;
  if (!passes(formula)) {
    said.textContent = `${formula}: ${said.textContent}`;
    // On a phone the field is below the fold of the rail.
    app.toast(said.textContent);
    app.session.quietly(() => app.store.change({ formula: DEFAULTS.formula }));
  }
  return controller;
}
