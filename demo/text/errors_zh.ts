// 引擎的错误信息是英文的。它们大多有同一种形式（“在哪里：应为什么，实际是什么；怎么办”），这里按形式译成中文；译不出的返回 null。

/** “应为”之后常见的说法。 */
const EXPECTED: readonly (readonly [RegExp, string])[] = [
  [/^a positive integer$/, '正整数'],
  [/^an integer of at least (\S+)$/, '不小于 $1 的整数'],
  [/^an integer of at most (\S+)$/, '不大于 $1 的整数'],
  [/^an integer from (\S+) to (\S+)$/, '$1 到 $2 之间的整数'],
  [/^an? (?:finite )?number$/, '数'],
  [/^numbers$/, '数'],
  [/^a number (?:above|greater than) (\S+)$/, '大于 $1 的数'],
  [/^a number of at least (\S+)$/, '不小于 $1 的数'],
  [/^a number of at most (\S+)$/, '不大于 $1 的数'],
  [/^a number (?:from|between) (\S+) (?:to|and) (\S+)$/, '$1 到 $2 之间的数'],
  [/^a class index from (\S+) to (\S+)$/, '$1 到 $2 之间的类别编号'],
  [/^true or false$/, 'true 或 false'],
  [/^a string$/, '字符串'],
  [/^an object$/, '对象'],
  [/^a list$/, '列表'],
  [/^a table$/, '表格'],
  [/^one of (.+)$/, '$1 之一'],
  [/^at most (\S+) characters$/, '不超过 $1 个字符'],
  [/^the names of columns$/, '列名'],
  [/^a line with the names of columns$/, '一行列名'],
];

/** 整句的说法。 */
const WHOLE: readonly (readonly [RegExp, string])[] = [
  [/^(.*): is missing$/, '$1：缺少此项'],
  [/out of memory|not enough memory|allocat/i, '内存或显存不足：请减小网络、批大小或数据。'],
  [/^(?:the file is empty|it is empty).*$/, '文件是空的。'],
  [/^.*is there twice.*damaged$/, '同名数组出现了两次：文件已损坏。'],
  [/^.*; the file is damaged$/, '文件已损坏。'],
  [/^.*damaged or truncated$/, '文件已损坏或不完整。'],
];

/** 位置：行、列与文件名。 */
const place = (where: string): string =>
  where
    .replace(/^csv(?:, |: |$)/, 'CSV ')
    .replace(/line (\d+)(?:, )?/g, '第 $1 行')
    .replace(/row (\d+)(?:, )?/g, '第 $1 行')
    .replace(/column (\d+)(?: \((.*?)\))?/g, (_, number: string, name: string | undefined) => `第 ${number} 列${name ? `（${name}）` : ''}`)
    .trim();

/** 译成中文；没有这种形式的返回 null。 */
export function inChinese(message: string): string | null {
  for (const [form, words] of WHOLE) if (form.test(message)) return message.replace(form, words);
  const [, where, wanted, got] = /^(?:(.*?): )?expected (.*?)(?:, got (.*?))?(?:;.*)?$/s.exec(message) ?? [];
  if (wanted === undefined) return null;
  const form = EXPECTED.find(([each]) => each.test(wanted));
  if (!form) return null;
  const what = wanted.replace(form[0], form[1]);
  return `${where ? `${place(where)}：` : ''}应为${/^[\x21-\x7e]/.test(what) ? ' ' : ''}${what}${got === undefined ? '' : `，实际是 ${got}`}。`;
}
