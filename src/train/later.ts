// What only some programs need is one file, loaded when the first of it is wanted: a file each would cost every program a line of its loader.
export const later = () => import('./loaded_later.ts');
