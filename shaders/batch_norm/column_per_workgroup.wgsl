// Sums over the rows of a column where LANES_PER_COLUMN invocations of the workgroup share it: every adapter but SwiftShader. All of them get the sum, added in one order.
var<workgroup> column_parts: array<vec2f, COLUMNS * LANES_PER_COLUMN>;
fn sum_axis0(local: u32, own: vec2f) -> vec2f {
  workgroupBarrier();
  column_parts[local] = own;
  workgroupBarrier();
  var sum = vec2f();
  for (var i = local % COLUMNS; i < COLUMNS * LANES_PER_COLUMN; i += COLUMNS) { sum += column_parts[i]; }
  return sum;
}
