import { expect, test } from 'vitest';
import { minifyWgsl, shortNames } from '../../shaders/wgsl_plugin.ts';

test('comments, needless spaces and line breaks go', () => {
  const code = '// header\nstruct A {\n  x: f32, // one\n}\nfn f( ) -> f32 { /* one /* nested */\n two */ return 1.0  +  g( 2.0 ); // end\n}\n';
  expect(minifyWgsl(code)).toBe('struct A{x:f32}fn f()->f32{return 1.+g(2.);}');
});

test('numbers lose needless digits, and only those', () => {
  expect(minifyWgsl('x = 1.0 + 0.5 - 10.05e-3 + a[3u] + b[i + 1u] + 100.0 + 1.0e5 + vec3u(0u).x;')).toBe(
    'x=1.+.5-10.05e-3+a[3]+b[i+1]+100.+1.0e5+vec3u(0u).x;',
  );
  // Where nothing before it says which type, a number keeps its suffix.
  expect(minifyWgsl('const A = 5u; x = 8u + (4u - 1u); x += f(0u, y >= 0x7fu); for (var k = 0u; k < 7u; k += 8u) { z = select(0u, 1u, -(2u)); }')).toBe(
    'const A=5u;x=8u+(4u-1);x+=f(0u,y>=0x7f);for(var k=0u;k<7;k+=8){z=select(0u,1u,-(2u));}',
  );
});

test('operators that would join into another one stay apart', () => {
  expect(minifyWgsl('x = a - -b; y = c & (~d); z = p / *q;')).toBe('x=a- -b;y=c&(~d);z=p/ *q;');
});

test('words stay apart, and `enable` alone on its line', () => {
  expect(minifyWgsl('enable f16;\n@compute  @workgroup_size(64)\nfn main() { return; }')).toBe('enable f16;\n@compute@workgroup_size(64)fn main(){return;}');
});

test('parameters and variables of a function get short names; members, attributes and names at module scope keep theirs', () => {
  const code = `
    override SIZE: u32 = 4;
    var<workgroup> tile: array<vec4f, 4>;
    fn add(left: vec4f, right: vec4f) -> vec4f { return left + right; }
    fn main(@builtin(global_invocation_id) id: vec3u) {
      let row = id.x;
      for (var row_of = 0u; row_of < SIZE; row_of++) { let x = tile[row_of].row; tile[row] = add(tile[row_of], vec4f(x)); }
    }`;
  expect(minifyWgsl(code)).toBe(
    'override SIZE:u32=4;var<workgroup>tile:array<vec4f,4>;fn add(a:vec4f,b:vec4f)->vec4f{return a+b;}' +
      'fn main(@builtin(global_invocation_id)a:vec3u){let b=a.x;for(var c=0u;c<SIZE;c++){let x=tile[c].row;tile[b]=add(tile[c],vec4f(x));}}',
  );
});

test('a new name is none that the function uses for something else', () => {
  expect(minifyWgsl('fn f(value: f32) -> f32 { return a[0] + b + value; }')).toBe('fn f(c:f32)->f32{return a[0]+b+c;}');
});

test('what several files share has one short name in all of them; overrides, the entry point and what the language brings keep theirs', () => {
  const library = 'struct Layer { inputs: u32, x: f32, }\nvar<private> sums: array<f32, 4>;\nfn twice(v: f32) -> f32 { return 2.0 * v; }\n';
  const kernel =
    'override SIZE: u32 = 4;\n@group(0) @binding(0) var<uniform> layer: Layer;\n@compute @workgroup_size(SIZE)\nfn main() { sums[0] = twice(max(layer.x, f32(layer.inputs))); }\n';
  const names = shortNames([library, kernel]);
  expect([...names.keys()].sort()).toEqual(['.inputs', 'Layer', 'layer', 'sums', 'twice']);
  const [layer, Layer, inputs, sums, twice] = ['layer', 'Layer', '.inputs', 'sums', 'twice'].map((name) => names.get(name));
  expect(minifyWgsl(library, names)).toBe(
    `struct ${Layer}{${inputs!.slice(1)}:u32,x:f32}var<private>${sums}:array<f32,4>;fn ${twice}(v:f32)->f32{return 2.*v;}`,
  );
  expect(minifyWgsl(kernel, names)).toBe(
    `override SIZE:u32=4;@group(0)@binding(0)var<uniform>${layer}:${Layer};@compute@workgroup_size(SIZE)fn main(){${sums}[0]=${twice}(max(${layer}.x,f32(${layer}${inputs})));}`,
  );
});

test('members have letters of their own: none that another member of their struct has, and a name at module scope is another one', () => {
  const code = [
    'struct Range { x: f32, first: u32, count: u32, }',
    'struct Layer { count: u32, range: Range, }',
    'var<private> count: Layer;',
    'fn end(range: Range) -> u32 { return range.first + range.count + count.range.first + count.count + u32(range.x); }',
  ].join('\n');
  const names = shortNames([code]);
  expect(new Set(['.first', '.count', '.x'].map((name) => names.get(name) ?? name)).size).toBe(3);
  expect(names.get('.range')).not.toBe(names.get('.count'));
  const [Range, Layer, count, end, first, ofCount, range] = ['Range', 'Layer', 'count', 'end', '.first', '.count', '.range'].map((name) => names.get(name)!);
  expect(minifyWgsl(code, names)).toBe(
    `struct ${Range}{x:f32,${first!.slice(1)}:u32,${ofCount!.slice(1)}:u32}struct ${Layer}{${ofCount!.slice(1)}:u32,${range!.slice(1)}:${Range}}var<private>${count}:${Layer};` +
      `fn ${end}(a:${Range})->u32{return a${first}+a${ofCount}+${count}${range}${first}+${count}${ofCount}+u32(a.x);}`,
  );
});
