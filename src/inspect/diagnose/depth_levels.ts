// Levels of the rules about depth, in a module of their own: the page draws them, and need not carry the rules.

/** Of the norm of delta at the first hidden layer over that at the last: AUTOTRAINER's beta_1, and its square. */
export const VANISHING = { warn: 1e-3, severe: 1e-6 } as const;

/** AUTOTRAINER's beta_3, and beyond. */
export const EXPLODING = { warn: 70, severe: 1e3 } as const;
