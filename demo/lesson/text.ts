// The words of a lesson and of its builder, loaded with them.
import type { Language } from '../../src/texts.ts';

const en = {
  of: 'Question {a} of {b}',
  one: 'Question',
  bring: 'Layer 1 should receive <b>{a} to {b}</b> of layer {last}’s gradient.',
  not_yet: 'Not yet: <b>{p}</b> arrives. {bring}',
  right: 'Right: <b>{p}</b> arrives.',
  right_gain: 'Right: <b>{p}</b> arrives, with gain {g}.',
  hint: 'Hint',
  next: 'Next question',
  done: 'That was the last question.',
  whole: 'Open the whole laboratory',
  here: 'bring it here',
  unreadable: 'the lesson',
  lesson: 'Lesson',
  question: 'Question',
  default_question: 'How large must the weights be for the gradient to reach layer 1?',
  hint_field: 'Hint (may be empty)',
  from: 'Layer 1 receives from',
  to: 'to',
  open: 'Open controls',
  copy_address: 'Copy lesson address',
  copied: 'Lesson address copied: {n} in it.',
  question_count: '{n} questions',
  question_count_one: '1 question',
  add: 'Add another question',
  added: 'Kept. Set the page up for the next question, then open Share again.',
  wrong: 'A question, and two numbers above 0, the smaller first.',
};

export type LessonWords = typeof en;

const zh: LessonWords = {
  of: '第 {a} 题，共 {b} 题',
  one: '问题',
  bring: '第 1 层应收到第 {last} 层梯度的 <b>{a} 到 {b}</b>。',
  not_yet: '还不行：到达的是 <b>{p}</b>。{bring}',
  right: '答对了：到达 <b>{p}</b>。',
  right_gain: '答对了：增益为 {g} 时到达 <b>{p}</b>。',
  hint: '提示',
  next: '下一题',
  done: '这是最后一题。',
  whole: '打开完整实验室',
  here: '拖到这里',
  unreadable: '课程',
  lesson: '课程',
  question: '问题',
  default_question: '权重要多大，梯度才能到达第 1 层？',
  hint_field: '提示（可不填）',
  from: '第 1 层收到的从',
  to: '到',
  open: '开放的参数',
  copy_address: '复制课程地址',
  copied: '课程地址已复制：含 {n}。',
  question_count: '{n} 题',
  question_count_one: '1 题',
  add: '再加一题',
  added: '已记下。请为下一题设好页面，然后再打开“分享”。',
  wrong: '请写下问题，并填两个大于 0 的数，小的在前。',
};

export const LESSON_WORDS: Readonly<Record<Language, LessonWords>> = { en, zh };
