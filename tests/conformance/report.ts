// Outcomes as text: a row per operation, every failure, and what was skipped under which name.
import type { Outcome } from './format.ts';

/** Error over allowed error; at most 1 passes. */
function shown(margin: number): string {
  return margin > 1e6 ? 'far off' : margin.toPrecision(2);
}

export function counts(outcomes: readonly Outcome[]): { passed: number; failed: number; skipped: number } {
  const of = (status: Outcome['status']): number => outcomes.filter((o) => o.status === status).length;
  return { passed: of('passed'), failed: of('failed'), skipped: of('skipped') };
}

/** The report; its last line is `N passed, N failed, N skipped`. */
export function report(outcomes: readonly Outcome[], verbose: boolean): string {
  const byOp = new Map<string, Outcome[]>();
  for (const outcome of outcomes) byOp.set(outcome.op, [...(byOp.get(outcome.op) ?? []), outcome]);
  const width = Math.max(10, ...[...byOp.keys()].map((op) => op.length));
  const lines = [`${'op'.padEnd(width)}  passed  failed skipped  strict  worst margin`];
  for (const [op, of] of byOp) {
    const { passed, failed, skipped } = counts(of);
    const ran = of.filter((o) => o.status !== 'skipped');
    const worst = ran.reduce<Outcome | undefined>((a, b) => (a && a.margin >= b.margin ? a : b), undefined);
    const strict = ran.filter((o) => o.strict <= 1).length;
    const numbers = [passed, failed, skipped, strict].map((n) => String(n || '-').padStart(6)).join('  ');
    lines.push(`${op.padEnd(width)}  ${numbers}  ${worst ? `${shown(worst.margin)} ${worst.margin > 0 ? worst.id : ''}` : ''}`.trimEnd());
  }
  const named = new Map<string, string[]>();
  for (const { status, detail, id } of outcomes) if (status === 'skipped') named.set(detail, [...(named.get(detail) ?? []), id]);
  if (named.size > 0) lines.push('', 'skipped, by name');
  for (const [name, ids] of [...named].sort((a, b) => b[1].length - a[1].length))
    lines.push(`${String(ids.length).padStart(5)}  ${name}`, ...(verbose ? ids.map((id) => `         ${id}`) : []));
  const rough = outcomes.filter((o) => o.status === 'passed' && o.strict > 1);
  if (verbose && rough.length > 0) lines.push('', 'passed, but not at the strict tolerance');
  if (verbose) for (const { id, strict } of rough) lines.push(`  ${id}: ${shown(strict)} times the goal`);
  const failures = outcomes.filter((o) => o.status === 'failed');
  if (failures.length > 0) lines.push('', 'failed');
  for (const { id, margin, detail } of failures) lines.push(`  ${id}: ${shown(margin)} times what is allowed`, `      ${detail}`);
  const { passed, failed, skipped } = counts(outcomes);
  lines.push('', `${passed} passed, ${failed} failed, ${skipped} skipped`);
  return lines.join('\n');
}
