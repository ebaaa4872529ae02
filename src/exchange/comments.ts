// Names and descriptions come from files: in a program they stay comments, whatever they hold.
import { visible } from '../visible.ts';

/** Lines of comments behind `mark`. What else ends a line in a program, as U+2028 does in JavaScript, is shown instead. */
export const commentLines = (mark: '#' | '//', texts: readonly (string | undefined)[]): string[] =>
  texts.flatMap((text) =>
    text
      ? visible(text)
          .split('\n')
          .map((line) => `${mark} ${line}`)
      : [],
  );

/** Text between the quotes of a docstring, which it does not end. */
export const docstring = (text: string): string => visible(text).replaceAll('\\', '\\\\').replaceAll('"', "'");
