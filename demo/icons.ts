// Paths of the page's icons, in a box of 16 (transport) or 14 (findings). Shapes say what colours must not.
export const ICONS = {
  play: 'M4.5 2.5l9 5.5-9 5.5z',
  pause: 'M4.5 3h2.6v10H4.5zM8.9 3h2.6v10H8.900z',
  step: 'M3.500 3l6.500 5-6.500 5zM10.700 3h1.900v10h-1.900z',
  reset:
    'M8 2.800a5.200 5.200 0 1 0 5.100 6.200h-1.700A3.600 3.600 0 1 1 8 4.400c1 0 1.800.4 2.500 1L8.700 7.200h4.600V2.600l-1.700 1.700A5.200 5.200 0 0 0 8 2.800z',
  theme: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zm0 1.500v9a4.500 4.500 0 0 1 0-9z',
  more: 'M3 6.600a1.400 1.400 0 1 0 0 2.800 1.400 1.400 0 0 0 0-2.800zm5 0a1.400 1.400 0 1 0 0 2.800 1.400 1.400 0 0 0 0-2.800zm5 0a1.400 1.400 0 1 0 0 2.800 1.400 1.400 0 0 0 0-2.800z',
  pencil: 'M2 14l.8-3.500 8-8a1.200 1.200 0 0 1 1.700 0l1 1a1.200 1.200 0 0 1 0 1.700l-8 8zM9.600 4.800l1.600 1.600-5.800 5.800-1.600-1.600z',
  left: 'M10.500 3L4.500 8l6 5z',
  right: 'M5.500 3l6 5-6 5z',
} as const;

/** Icons of findings, in a box of 14: those of rules come with the rule. */
export const FINDING_ICONS = {
  fixed: 'M5.600 11.500L1.800 7.700l1.500-1.500 2.300 2.300 5.200-5.700 1.500 1.400z',
  /** Of a rule without one. */
  other: 'M7 1.500L13 12.500H1zM6.200 5.500v3.600h1.600V5.500zm0 4.600v1.400h1.600v-1.400z',
} as const;
