// RMSprop (PyTorch): s = alpha s + (1 - alpha) g², centred by the mean gradient if asked, with momentum; eps outside the square root.
// The whole network in one dispatch, a quarter of a block (four vec4) per invocation. Nothing changes after a non-finite step.
struct Params {
  count: u32,
  clip_value: f32,
  weight_decay: f32,
  alpha: f32,
  epsilon: f32,
  momentum: f32,
  centered: u32,
}
override WORKGROUP: u32 = 64;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(6) var<storage, read_write> square: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> velocity: array<vec4f>;
@group(0) @binding(8) var<storage, read_write> mean: array<vec4f>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  hidden_zero = workgroup.z;
  let first = linear_index(workgroup, groups, local, WORKGROUP) * 4u;
  if (first >= params.count || skips_update(first)) { return; }
  let h = hyper[first / 16u];
  let rate = run.rate;
  for (var i = first; i < first + 4u; i++) {
    let w = parameters[i];
    let g = gradient_of(i, w, h, true);
    let s = params.alpha * square[i] + (1.0 - params.alpha) * g * g;
    square[i] = s;
    var spread = s;
    if (params.centered != 0u) {
      let m = params.alpha * mean[i] + (1.0 - params.alpha) * g;
      mean[i] = m;
      spread = max(s - m * m, vec4f());
    }
    let v = params.momentum * velocity[i] + g / (sqrt(spread) + params.epsilon);
    velocity[i] = v;
    store_update(i, w, -rate * v);
  }
  end_update(first);
}
