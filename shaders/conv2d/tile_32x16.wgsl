// The tile of a quad, for gradients of weights of at most 16 columns.
const QUAD_ROWS = 32u;
const QUAD_COLUMNS = 16u;
