// Questions that rules of the diagnosis answer: they are asked over a history of one step, at which every run has learned nothing, so that each says what it sees.
import { type DiagnoseOptions, diagnose, type Finding, type RuleId } from '../../inspect/diagnose/index.ts';
import { endWords } from '../../inspect/diagnose/outcome.ts';
import { figure } from '../../inspect/diagnose/read.ts';
import type { History } from '../../inspect/history.ts';
import { type Answer, type Before, type BeforeCheck, fail, pass, unknown } from './check.ts';

/** How rules are asked. */
export interface Asking {
  /** Rules of which only what is severe is told; of the others what is to be warned of as well. */
  readonly least?: Partial<Record<RuleId, 'severe'>>;
  /** Levels other than those of the rules, by what is looked at; none by default. */
  levels?(history: History): NonNullable<DiagnoseOptions['levels']>;
}

/** What rules find, without notes. */
export function foundBy(history: History, rules: readonly RuleId[], { least = {}, levels }: Asking = {}): Finding[] {
  return diagnose(history, { rules, ...(levels ? { levels: levels(history) } : {}) }).findings.filter(
    ({ rule, severity }) => severity === 'severe' || (severity === 'warn' && !(rule in least)),
  );
}

/** The gravest finding as an answer. How the run ended is left out of its sentence: it has not begun. */
export function failed(history: History, [first, ...others]: readonly Finding[]): Answer {
  const { rule, message, evidence, remedies } = first!;
  const more = others.length > 0 ? ` Besides: ${others.map(({ title }) => title).join('; ')}.` : '';
  const { lossFraction: _, ...figures } = evidence;
  return fail(`${message.replace(`; ${endWords(history, figure)}`, '')}${more}`, { rule, ...figures }, remedies);
}

/** A question that rules answer; `sound` says what was looked at, where they find nothing, and is an answer where there was nothing to look at. */
// @__NO_SIDE_EFFECTS__
export function byRules(text: BeforeCheck['text'], rules: readonly RuleId[], sound: (before: Before) => string | Answer, asking?: Asking): BeforeCheck {
  return {
    text,
    judge(before) {
      const found = foundBy(before.history, rules, asking);
      if (found.length > 0) return failed(before.history, found);
      const answer = sound(before);
      return typeof answer === 'string' ? pass(answer) : answer;
    },
  };
}

/** What is said where no step was taken, or its statistics were not. */
export const NOT_LOOKED_AT: Answer = /* @__PURE__ */ unknown('The first step was not looked at.');
