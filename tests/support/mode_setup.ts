import type { TestProject } from 'vitest/node';

/** Vitest's global setup everywhere: hands tests/support/mode.test.ts the mode that the command asked for. */
export function setup(project: TestProject): void {
  project.provide('mode', project.vitest.vite.config.mode);
}

declare module 'vitest' {
  interface ProvidedContext {
    mode: string;
  }
}
