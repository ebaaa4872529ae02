// Adamax (Kingma & Ba 2015, by the infinity norm; PyTorch's conventions): eps is added to |g| before the largest is taken.
// The whole network in one dispatch, a quarter of a block (four vec4) per invocation. Nothing changes after a non-finite step.
struct Params {
  count: u32,
  clip_value: f32,
  weight_decay: f32,
  beta1: f32,
  beta2: f32,
  epsilon: f32,
}
override WORKGROUP: u32 = 64;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(6) var<storage, read_write> mean: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> largest: array<vec4f>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  hidden_zero = workgroup.z;
  let first = linear_index(workgroup, groups, local, WORKGROUP) * 4u;
  if (first >= params.count || skips_update(first)) { return; }
  let h = hyper[first / 16u];
  let rate = run.rate / run.correction1;
  for (var i = first; i < first + 4u; i++) {
    let w = parameters[i];
    let g = gradient_of(i, w, h, true);
    let m = params.beta1 * mean[i] + (1.0 - params.beta1) * g;
    let u = max(params.beta2 * largest[i], abs(g) + params.epsilon);
    mean[i] = m;
    largest[i] = u;
    // Behind the entry's last element everything is zero, and with an eps of zero so is u.
    store_update(i, w, -rate * select(m / u, vec4f(), u == vec4f()));
  }
  end_update(first);
}
