// Paths of the page's icons, in a box of 16 (transport) or 14 (findings). Shapes say what colours must not.
export const ICONS = {
  play: 'M4.5 2.5l9 5.5-9 5.5z',
  pause: 'M4.5 3h2.6v10H4.5zM8.9 3h2.6v10H8.900z',
  step: 'M3.500 3l6.500 5-6.500 5zM10.700 3h1.900v10h-1.900z',
  reset:
    'M8 2.800a5.200 5.200 0 1 0 5.100 6.200h-1.700A3.600 3.600 0 1 1 8 4.400c1 0 1.800.4 2.500 1L8.700 7.200h4.600V2.600l-1.700 1.700A5.200 5.200 0 0 0 8 2.800z',
  theme: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zm0 1.500v9a4.500 4.500 0 0 1 0-9z',
  more: 'M3 6.600a1.400 1.400 0 1 0 0 2.800 1.400 1.400 0 0 0 0-2.800zm5 0a1.400 1.400 0 1 0 0 2.800 1.400 1.400 0 0 0 0-2.800zm5 0a1.400 1.400 0 1 0 0 2.800 1.400 1.400 0 0 0 0-2.800z',
  left: 'M10.500 3L4.500 8l6 5z',
  right: 'M5.500 3l6 5-6 5z',
} as const;

/** Icons of findings by rule, in a box of 14. */
export const FINDING_ICONS: Record<string, string> = {
  vanishing_with_depth: 'M1.500 3h11L7 12z',
  exploding_with_depth: 'M1.500 11h11L7 2z',
  absolutely_tiny: 'M6.100 1h1.800v5.500h3L7 10.800 3.100 6.500h3zM2 11.800h10v1.700H2z',
  absolutely_huge: 'M6.100 13h1.800V7.500h3L7 3.200 3.100 7.500h3zM2 .5h10v1.700H2z',
  loss_stuck: 'M1 6.100h12v1.800H1zM1 3h1.700v8H1zM11.300 3H13v8h-1.700z',
  saturated: 'M7 1a6 6 0 1 0 0 12A6 6 0 0 0 7 1zm0 1.500v9a4.500 4.500 0 0 1 0-9z',
  dead_units: 'M7 1a6 6 0 1 0 0 12A6 6 0 0 0 7 1zm0 1.600a4.400 4.400 0 1 1 0 8.800 4.400 4.400 0 0 1 0-8.800z',
  non_finite: 'M2.900 1.600L7 5.700l4.100-4.100 1.300 1.300L8.300 7l4.100 4.100-1.300 1.300L7 8.300l-4.100 4.100-1.300-1.300L5.700 7 1.600 2.900z',
  mended: 'M5.600 11.500L1.800 7.700l1.500-1.500 2.300 2.300 5.200-5.700 1.500 1.400z',
  forward_scale: 'M1 12.500L6 4.500l2.500 3.500L13 1.500v11z',
  loss_oscillating: 'M.5 9.500L3.500 3l3 7 3-7 4 8-1.400.700-2.600-5.200-3 7-3-7-1.700 3.600z',
  overfitting: 'M1 12.500V11c4 0 5-7 12-9.500v1.800C8 6 7 12.500 1 12.500zM8 9.200h5v1.600H8z',
  overtraining: 'M1 6.200h12v1.600H1z',
  other: 'M7 1.500L13 12.500H1zM6.200 5.500v3.600h1.600V5.500zm0 4.600v1.400h1.600v-1.400z',
};

FINDING_ICONS.update_size_small = FINDING_ICONS.absolutely_tiny!;
FINDING_ICONS.update_size_large = FINDING_ICONS.absolutely_huge!;
