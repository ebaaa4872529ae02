// Which trainer a history or a plan comes from: who asks for its facts gets them from there (facts_of.ts), who tests its kernels the graph (src/verify), and a
// program that never asks carries no more than this line.
import type { AnyModel } from '../nn/model.ts';
import type { Trainer } from './trainer.ts';

export const trainerOf = new WeakMap<object, Trainer<AnyModel>>();
