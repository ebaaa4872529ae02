// The words that columns of logs have in other languages, as the English ones that their meaning is guessed by.

const TRANSLATED: Readonly<Record<string, readonly string[]>> = {
  step: ['schritt', 'schritte', 'étape', 'paso', 'pasos', 'passo', 'шаг', '步', '步数', '步數', 'ステップ', 'ステップ数'],
  iteration: ['itération', 'iteración', 'iteracion', 'итерация', '迭代', '迭代次数', '反復', '反復回数', 'イテレーション'],
  epoch: ['epoche', 'époque', 'epoque', 'época', 'epoca', 'эпоха', '轮', '轮次', '轮数', '輪', 'エポック', 'エポック数'],
  loss: ['verlust', 'perte', 'pérdida', 'perdida', 'perda', 'потеря', 'потери', '损失', '損失', '损失值', '誤差'],
  accuracy: ['genauigkeit', 'exactitude', 'exactitud', 'точность', '准确率', '精度', '正解率'],
  validation: ['validierung', 'validación', 'validacion', 'валидация', '验证', '驗證', '検証'],
  train: ['entraînement', 'entrenamiento', 'обучение', '训练', '訓練', '学習'],
  'learning rate': ['lernrate', '学习率', '学習率'],
};
const ENGLISH: ReadonlyMap<string, string> = new Map(Object.entries(TRANSLATED).flatMap(([english, words]) => words.map((word) => [word, english] as const)));

/** Chinese and Japanese run words together: the longest come first. */
const JOINED = new RegExp(
  [...ENGLISH.keys()]
    .filter((word) => /[\u3040-\u30ff\u4e00-\u9fff]/.test(word))
    .sort((a, b) => b.length - a.length)
    .join('|'),
  'g',
);

/** A column's name with the words of other languages in English: `验证损失` is `validation loss`. Others stay as they are. */
export const inEnglish = (column: string): string =>
  column
    .normalize('NFC')
    .replace(JOINED, (word) => ` ${ENGLISH.get(word)} `)
    .replace(/\p{L}+/gu, (word) => ENGLISH.get(word.toLowerCase()) ?? word)
    .replace(/ {2,}/g, ' ')
    .trim();
