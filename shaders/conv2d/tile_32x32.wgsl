// The tile of a quad, for results of many columns.
const QUAD_ROWS = 32u;
const QUAD_COLUMNS = 32u;
