// The built package, for code that is measured as users get it; its types, in built.d.ts, are those of src.
export * from '../../dist/index.js';
