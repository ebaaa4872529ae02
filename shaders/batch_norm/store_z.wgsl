// Stores the output of batch norm before its activation, for the backward pass or a probe.
@group(0) @binding(7) var<storage, read_write> z: array<f32>;
fn store_z(row: u32, column: u32, v: vec4f) {
  let at = row * params.columns + column;
  z[at] = v.x;
  z[at + params.columns] = v.y;
  z[at + 2u * params.columns] = v.z;
  z[at + 3u * params.columns] = v.w;
}
