/** Exit statuses, for scripts: documented in --help. */
export const EXIT = { done: 0, findings: 1, failed: 2, interrupted: 130 } as const;
