// Targets with a column for each class, as to_categorical and one_hot make them.

/**
 * Class indices of rows that each hold one 1, and else zeros.
 *
 * @param y - The targets, flat, [rows, classes].
 * @param classes - Columns of a row, at least 2.
 * @returns An index for each row; undefined where a row is another.
 * @example
 * oneHotIndices(Float32Array.of(0, 1, 1, 0), 2); // [1, 0]
 */
export function oneHotIndices(y: Float32Array, classes: number): Float32Array | undefined {
  if (classes < 2) return undefined;
  const indices = new Float32Array(y.length / classes);
  for (let row = 0; row < indices.length; row++) {
    const cells = y.subarray(row * classes, (row + 1) * classes);
    const index = cells.indexOf(1);
    if (index < 0 || cells.some((cell, column) => column !== index && cell !== 0)) return undefined;
    indices[row] = index;
  }
  return indices;
}
