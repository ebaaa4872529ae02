// Which trainer a history comes from: who asks for its facts gets them from there (facts_of.ts), and a program that never asks carries no more than this line.
import type { AnyModel } from '../nn/model.ts';
import type { Trainer } from './trainer.ts';

export const trainerOfHistory = new WeakMap<object, Trainer<AnyModel>>();
