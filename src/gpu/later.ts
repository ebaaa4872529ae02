// What only some programs need is one file, loaded when the first of it is wanted.
export const later = () => import('./loaded_later.ts');
