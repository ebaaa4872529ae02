// Every op that src/ops exports, by its name.
import type { Op } from '../../src/graph/op.ts';

const modules = import.meta.glob<Record<string, unknown>>('../../src/ops/*.ts', { eager: true });

const isOp = (value: unknown): value is Op => typeof value === 'object' && value !== null && 'lower' in value && 'infer' in value;

/** All of them; a module may export one that another has made. */
export const OPS: readonly Op[] = [...new Set(Object.values(modules).flatMap((module) => Object.values(module).filter(isOp)))];
