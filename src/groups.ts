// Which dispatches a step runs: those of the group `step` always, those of other groups (probes, the update) when these run.

/** When a dispatch runs. */
export interface When {
  /** Groups that it runs with, any of them; `step` is in every step. */
  readonly groups: readonly string[];
  /** Groups that it does not run with: another dispatch then does its work, and more. */
  readonly unless: readonly string[];
}

/** Whether a dispatch is among those of a step that these groups run in. */
export function runsWith({ groups, unless }: When, running: readonly string[]): boolean {
  return groups.some((group) => group === 'step' || running.includes(group)) && !unless.some((group) => running.includes(group));
}
