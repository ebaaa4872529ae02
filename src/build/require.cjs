// What `require` gets where it cannot load ES modules.
throw new Error(
  "fathom-webgpu is an ES module, which require cannot load here: write `import ... from 'fathom-webgpu'`, or `await import('fathom-webgpu')` in CommonJS.",
);
