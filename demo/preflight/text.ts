// The words of the checks before training, loaded with them.
import type { Language } from '../../src/texts.ts';

const en = {
  title: 'Before training',
  later: 'With the first step: {names}.',
  sound: 'In order: {names}.',
  unknown: 'Not told: {names}.',
  run: 'Check thoroughly',
  about: 'Takes the first step, sets training beside inference, and learns sixteen rows by heart, all on a copy.',
  stop: 'Stop',
  running: 'Checking…',
  heart: 'Learning sixteen rows by heart: step {n}',
  first_loss: 'The first loss is {firstLoss}; the best constant answer has {baselineLoss}.',
  depth: 'Theory expects {predictedRatio} of the last layer’s gradient at the first.',
  rows_apart: 'Rows of a batch influence each other.',
  modes_agree: 'Training and inference give different losses: {trainingLoss} and {inferenceLoss}.',
  one_batch: '{rows} rows are not learned in {steps} steps: the loss is {loss}.',
};

export type PreflightWords = typeof en;

const zh: PreflightWords = {
  title: '训练之前',
  later: '第一步之后可知：{names}。',
  sound: '没有问题：{names}。',
  unknown: '无法判断：{names}。',
  run: '彻底检查',
  about: '在副本上走第一步，比较训练与推理，并试着记住十六个样本。',
  stop: '停止',
  running: '检查中……',
  heart: '正在记住十六个样本：第 {n} 步',
  first_loss: '首步损失为 {firstLoss}，最佳常数答案为 {baselineLoss}。',
  depth: '按理论，第 1 层收到最后一层梯度的 {predictedRatio}。',
  rows_apart: '同一批中的样本互相影响。',
  modes_agree: '训练与推理的损失不同：{trainingLoss} 与 {inferenceLoss}。',
  one_batch: '{steps} 步之后仍未记住 {rows} 个样本：损失为 {loss}。',
};

export const PREFLIGHT_WORDS: Readonly<Record<Language, PreflightWords>> = { en, zh };
