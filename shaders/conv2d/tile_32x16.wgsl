// The tile of a quad, for gradients of weights of at most 16 columns, and for small products: it takes half as long to compile.
const QUAD_ROWS = 32u;
const QUAD_COLUMNS = 16u;
