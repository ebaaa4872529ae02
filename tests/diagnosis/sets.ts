// The sets of the scoreboard, by name.
import { EIGHTH_HEALTHY, EIGHTH_SICK } from './eighth.ts';
import { FIFTH_HEALTHY, FIFTH_SICK } from './fifth.ts';
import { FOURTH_HEALTHY } from './fourth_healthy.ts';
import { FOURTH_SICK } from './fourth_sick.ts';
import { HEALTHY } from './healthy.ts';
import { NINTH_A_HEALTHY, NINTH_A_SICK } from './ninth_a.ts';
import { NINTH_B_HEALTHY, NINTH_B_SICK } from './ninth_b.ts';
import { PUBLIC_SICK } from './public_cases.ts';
import { SECOND_HEALTHY } from './second_healthy.ts';
import { SECOND_SICK } from './second_sick.ts';
import { SEVENTH_HEALTHY, SEVENTH_SICK } from './seventh.ts';
import { SICK } from './sick.ts';
import { SIXTH_HEALTHY, SIXTH_SICK } from './sixth.ts';
import { TENTH_A_HEALTHY, TENTH_A_SICK } from './tenth_a.ts';
import { TENTH_B_HEALTHY, TENTH_B_SICK } from './tenth_b.ts';
import { THIRD_HEALTHY } from './third_healthy.ts';
import { THIRD_SICK } from './third_sick.ts';

export const SETS = {
  first: [SICK, HEALTHY],
  second: [SECOND_SICK, SECOND_HEALTHY],
  third: [THIRD_SICK, THIRD_HEALTHY],
  fourth: [FOURTH_SICK, FOURTH_HEALTHY],
  fifth: [FIFTH_SICK, FIFTH_HEALTHY],
  sixth: [SIXTH_SICK, SIXTH_HEALTHY],
  seventh: [SEVENTH_SICK, SEVENTH_HEALTHY],
  eighth: [EIGHTH_SICK, EIGHTH_HEALTHY],
  ninth_a: [NINTH_A_SICK, NINTH_A_HEALTHY],
  ninth_b: [NINTH_B_SICK, NINTH_B_HEALTHY],
  tenth_a: [TENTH_A_SICK, TENTH_A_HEALTHY],
  tenth_b: [TENTH_B_SICK, TENTH_B_HEALTHY],
  public: [PUBLIC_SICK, []],
} as const;
