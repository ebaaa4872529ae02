// What `npm test` leaves to `npm run test:all`: of many cases alike it takes some, spread over all of them.

/** Whether all cases are wanted. */
export const ALL = import.meta.env.MODE === 'all';

/** Every `n`th case, from the first; all of them in test:all. */
export const oneIn = <T>(n: number, cases: readonly T[]): T[] => cases.filter((_, i) => ALL || i % n === 0);

/** Of a table of rows and columns the cells that lie on its diagonals, `n` apart, so that each row and each column has some; all of them in test:all. */
export const diagonal = <T>(n: number, row: number, columns: readonly T[]): T[] => columns.filter((_, i) => ALL || (row + i) % n === 0);
