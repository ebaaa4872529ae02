// The tile of a quad, for results of at most 16 columns.
const QUAD_ROWS = 64u;
const QUAD_COLUMNS = 16u;
