// Sums over the rows of a column where GROUPS invocations of the workgroup share it: every adapter but SwiftShader. All of them get the sum, added in one order.
var<workgroup> column_parts: array<vec2f, COLUMNS * GROUPS>;
fn column_sum(local: u32, own: vec2f) -> vec2f {
  workgroupBarrier();
  column_parts[local] = own;
  workgroupBarrier();
  var sum = vec2f();
  for (var i = local % COLUMNS; i < COLUMNS * GROUPS; i += COLUMNS) { sum += column_parts[i]; }
  return sum;
}
