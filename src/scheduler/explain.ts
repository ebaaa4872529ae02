// A plan as text: dispatches, buffers, bytes, which values are aliases, what was fused.
import { byteSize } from '../format.ts';
import { runsWith } from '../groups.ts';
import { sourcesKey } from '../kernel.ts';
import { shapeText } from '../shape.ts';
import { type Named, type Plan, requirePlan } from './plan.ts';

/** How large the activations are and, where they take several buffers, why. */
function activations({ activations: buffers, capabilities }: Plan): string {
  const bytes = byteSize(buffers.reduce((sum, buffer) => sum + buffer.bytes, 0));
  if (buffers.length === 1) return bytes;
  return `${bytes} in ${buffers.length} buffers, because a binding holds ${byteSize(capabilities.maxBufferBytes)}: ${buffers.map((buffer) => byteSize(buffer.bytes)).join(', ')}`;
}

/**
 * Prints a plan: dispatches, buffers, bytes, which values are aliases, what was fused.
 *
 * @param plan - From `trainer.plan` or `program.plan`.
 * @returns Several lines of text.
 * @throws UsageError for what is no plan.
 * @example
 * console.log(explain(trainer.plan));
 */
export function explain(plan: Plan): string {
  requirePlan('explain', plan);
  const lines: string[] = [];
  const always = plan.dispatches.filter((d) => runsWith(d.when, []));
  const pipelines = new Set(plan.dispatches.map((d) => sourcesKey(d.sources) + JSON.stringify(d.overrides)));
  lines.push(`${always.length} dispatches per step, ${plan.dispatches.length - always.length} in probe groups, ${pipelines.size} pipelines`);
  plan.dispatches.forEach((d, i) => {
    const { groups, unless } = d.when;
    const group = unless.length ? ` {unless ${unless.join(', ')}}` : groups.includes('step') ? '' : ` {${groups.join(', ')}}`;
    const linked = d.sources.slice(1).map((s) => s.file);
    lines.push(`${String(i).padStart(4)}  ${d.label}${linked.length ? ` + ${linked.join(' + ')}` : ''}  [${d.workgroups.join(' x ')}]${group}`);
  });
  lines.push('', 'buffers');
  const words = plan.layout.words * 4;
  lines.push(`  parameters   ${byteSize(words)} in ${plan.layout.entries.length} entries`, `  activations  ${activations(plan)}`);
  for (const { buffer, bytes } of plan.sums) lines.push(`  ${buffer.padEnd(11)}  ${byteSize(bytes)}`);
  for (const [name] of plan.persistentBuffers)
    if (name !== 'parameters' && ![...plan.activations, ...plan.sums].some(({ buffer }) => buffer === name))
      lines.push(`  ${name}${name === 'gradients' || name.startsWith('optimizer') ? `  ${byteSize(words)}` : ''}`);
  let tableBytes = 0;
  for (const data of plan.tables.values()) tableBytes += data.byteLength;
  if (tableBytes) lines.push(`  tables       ${byteSize(tableBytes)}`);
  lines.push(`  params       ${byteSize(plan.params.length)}`);
  const typed = ({ name, type }: Named): string => `${name} ${shapeText(type.shape)}`;
  if (plan.aliases.length) lines.push('', 'aliases', ...plan.aliases.map(({ alias, of }) => `  ${typed(alias)} is ${typed(of)}`));
  if (plan.fused.length) lines.push('', 'fused', ...plan.fused.map((line) => `  ${line}`));
  return lines.join('\n');
}
