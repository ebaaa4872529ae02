// The package in one file, for a page without a bundler: the root's names, and those of fathom-webgpu/ops under `ops`, because some are in both.
export * from '../index.ts';
export * as ops from '../ops/public.ts';
