// The brightest pixels, by which pixels are divided. Apart from what reads them, which is large.

/** Of an image. */
export const WHITE = 255;
/** Of the digits of demo/data. */
export const INK = 16;
