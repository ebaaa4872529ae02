// Code that only some programs need is in one file, loaded when any of it is first used.
export const later = () => import('./loaded_later.ts');
