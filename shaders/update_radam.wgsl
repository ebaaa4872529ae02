// RAdam (Liu 2020; PyTorch's conventions): Adam whose adaptive part is scaled by how far its variance can be trusted, and left out
// where it cannot. The whole network in one dispatch, a quarter of a block (four vec4) per invocation. Nothing changes after a
// non-finite step.
struct Params {
  count: u32,
  clip_value: f32,
  weight_decay: f32,
  beta1: f32,
  beta2: f32,
  epsilon: f32,
  longest: f32, // the length of the average after many steps, 2 / (1 - beta2) - 1
}
override WORKGROUP: u32 = 64;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(6) var<storage, read_write> mean: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> square: array<vec4f>;

// The length of the average after t steps: longest - 2 t beta2^t / (1 - beta2^t). That difference of large numbers loses the digits of a
// small one, so the first steps add it up: n' = beta2 n + (1 - beta2) + 2 beta2 c, c' = beta2 c + (1 - beta2), length = n / c.
fn length_at(t: u32) -> f32 {
  let rest = 1.0 - params.beta2;
  var n = 0.0;
  var c = 0.0;
  for (var i = 0u; i < select(t, 0u, t > 128u); i++) {
    n = params.beta2 * n + rest + 2.0 * params.beta2 * c;
    c = params.beta2 * c + rest;
  }
  let direct = params.longest - 2.0 * f32(t) * (1.0 - run.correction2) / run.correction2;
  return select(n / c, direct, t > 128u);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  hidden_zero = workgroup.z;
  let first = linear_index(workgroup, groups, local, WORKGROUP) * 4u;
  if (first >= params.count || skips_update(first)) { return; }
  let h = hyper[first / 16u];
  let rate = run.rate / run.correction1;
  let r = length_at(run.step - run.skipped);
  let trusted = r > 5.0;
  let far = params.longest;
  let rectified = sqrt(max(0.0, (r - 4.0) * (r - 2.0) * far / ((far - 4.0) * (far - 2.0) * r))) * sqrt(run.correction2);
  for (var i = first; i < first + 4u; i++) {
    let w = parameters[i];
    let g = gradient_of(i, w, h, true);
    let m = params.beta1 * mean[i] + (1.0 - params.beta1) * g;
    let v = params.beta2 * square[i] + (1.0 - params.beta2) * g * g;
    mean[i] = m;
    square[i] = v;
    store_update(i, w, -rate * m * select(vec4f(1.0), rectified / (sqrt(v) + params.epsilon), trusted));
  }
  end_update(first);
}
