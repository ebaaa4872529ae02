// Limits on what a document, a file or a program may request. Each is far beyond what is trained here and far below what exhausts a process, and is
// checked before anything of that size is made. What a device holds is less, and checked against its own limits when a plan is made. A
// constant each, so that a program carries those alone that it may reach: `import * as LIMITS`.

/** JSON within JSON, and with it layers within layers. */
export const nesting = 200;
/** Lists and objects in a document. */
export const entries = 10_000_000;
/** Layers of a model, those inside of blocks included and repeats written out. */
export const layers = 10_000;
/** Blocks within blocks of a program's model. */
export const depth = 100;
/** Columns of a layer's output. */
export const units = 2 ** 24;
/** Numbers in a row of data. */
export const inputs = 2 ** 24;
/** Trained numbers of a model: 4 GiB of them. */
export const parameters = 2 ** 30;
export const classes = 2 ** 16;
/** Classes up to which a confusion matrix is counted. */
export const confusion = 1000;
export const batchSize = 2 ** 24;
/** Rows of a data source: their indexes have 32 bits. */
export const rows = 2 ** 32 - 1;
/** Batches that make a step: they are in one submit. */
export const accumulate = 4096;
/** Runs of a program in one submit. */
export const runs = 2 ** 16;
/** Steps and epochs, however they are counted. */
export const steps = 2 ** 31 - 1;
export const histogramEdges = 63;
/** Numbers of a data set that is made and not read: 512 MiB. */
export const values = 2 ** 27;
/** Numbers that are handed over as anything but a Float32Array: 4 GiB once they are one. */
export const numbers = 2 ** 30;
/** The largest finite number of 32 bits. */
export const float32 = 3.4028234663852886e38;
