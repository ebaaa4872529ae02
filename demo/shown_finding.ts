// A finding as the page shows it, whichever run it is of.
import { type Finding, type FindingWords, findingWords, RULES, type Rule, type RuleId } from '../src/inspect/diagnose/index.ts';
import type { Texts } from '../src/texts.ts';
import type { FindingMessage } from './protocol.ts';

/** What is alike for every finding: all but the row that it is about, and what is offered. */
export function shownFinding(finding: Finding): Omit<FindingMessage, 'layer' | 'remedies'> {
  const { rule, kind, severity, message, evidence, consequenceOf } = finding;
  const { levels, icon }: Rule = RULES[rule as RuleId];
  const level = levels[severity] ?? levels.warn;
  return {
    rule,
    ...(kind ? { kind } : {}),
    severity,
    message,
    evidence,
    ...(consequenceOf ? { consequenceOf } : {}),
    text: findingWords(finding),
    ...(icon ? { icon } : {}),
    ...(level === undefined ? {} : { level }),
  };
}

/** What a rule finds, in a few words: of several kinds the first. */
export function titleOf(rule: RuleId): Texts<Pick<FindingWords, 'title'>> {
  const { text }: Rule = RULES[rule];
  return 'en' in text ? (text as Texts<FindingWords>) : Object.values<Texts<FindingWords>>(text)[0]!;
}
