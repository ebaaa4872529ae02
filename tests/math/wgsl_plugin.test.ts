import { expect, test } from 'vitest';
import { minifyWgsl } from '../support/wgsl_plugin.ts';

test('comments and needless spaces go; line breaks stay, so that line numbers stay true', () => {
  const code = '// header\nfn f( a : f32 ) -> f32 { /* one /* nested */\n two */ return a  +  1.0; // end\n}\n';
  expect(minifyWgsl(code)).toBe('\nfn f(a:f32)->f32{\nreturn a+1.0;\n}');
});

test('operators that would join into another one stay apart', () => {
  expect(minifyWgsl('x = a - -b; y = c & (~d); z = p / *q;')).toBe('x=a- -b;y=c&(~d);z=p/ *q;');
});

test('words stay apart', () => {
  expect(minifyWgsl('@compute  @workgroup_size(64)\nfn main() { var<workgroup> x : array<vec4<f32>, 4>; }')).toBe(
    '@compute@workgroup_size(64)\nfn main(){var<workgroup>x:array<vec4<f32>,4>;}',
  );
});
