// Calls both functions of an activation, as a fused kernel does.
@group(0) @binding(0) var<storage, read_write> values: array<vec4f>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let x = values[id.x];
  values[id.x] = act(x) * act_grad(x);
}
