// Code that only some programs need is in one chunk, loaded on first use: with several chunks, each would add a line of loader to every program.
export const later = () => import('./loaded_later.ts');
