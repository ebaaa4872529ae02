// What a prepared step begins with: the momentum of one parameter's gradient, as the update would see it, clipped and with those of the regularization losses.
// One element per invocation. A non-finite step leaves the momentum as it is.
struct Params {
  count: u32,
  first: u32, // word of the arenas at which the parameter begins
  clip_value: f32,
  momentum: f32,
  nesterov: u32,
}
override WORKGROUP: u32 = 64;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> run: RunState;
@group(0) @binding(2) var<storage, read> hyper: array<vec4f>; // as in update.wgsl: per block of 64 words l1, l2
@group(0) @binding(3) var<storage, read> gradients: array<f32>;
@group(0) @binding(4) var<storage, read> parameters: array<f32>;
@group(0) @binding(5) var<storage, read_write> momentum_buffer: array<f32>;
@group(0) @binding(6) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let to = linear_index(workgroup, groups, local, WORKGROUP);
  if (to >= params.count) { return; }
  let i = params.first + to;
  var g = gradients[i] * run.clip;
  if (params.clip_value > 0.0) { g = clamp(g, -params.clip_value, params.clip_value); }
  let w = parameters[i];
  let h = hyper[i / 64u];
  g += h.y * w + h.x * sign(w);
  let m = momentum_buffer[i] + (1.0 - params.momentum) * (g - momentum_buffer[i]);
  if (run.non_finite == 0u && run.halted == 0u) { momentum_buffer[i] = m; }
  y[to] = select(m, g + params.momentum * (m - g), params.nesterov != 0u);
}
