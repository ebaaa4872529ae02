// The step of an optimizer for all parameters in one dispatch, a quarter of a block (four vec4) per invocation: the data gradient is clipped, the gradients of
// the regularization losses are added, the optimizer says how far to go, and decoupled weight decay is taken off. Nothing changes after a non-finite step.
// Linked with one of optimizers/, which has the struct Optimizer of its hyperparameters, its states from binding 6 on, and two functions: step_at(lr, t), what is
// the same for the whole block in its update t, counted from 1, and change_of(i, g, it), the change of the vec4 at i for the gradient g. And with one of updates/,
// which stores the step.
struct Params {
  count: u32,        // vec4s
  clip_value: f32,
  weight_decay: f32,
  decoupled: u32,    // 1: weight decay shrinks the weights directly instead of adding an L2 term to the gradient
  optimizer: Optimizer,
}
override WORKGROUP: u32 = 64;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> run: RunState;
@group(0) @binding(2) var<storage, read> hyper: array<vec4f>; // per block of 16 vec4: l1, l2, the factors on weight decay (0: none) and on the learning rate; then, for each, since which update it is trained, as low and high half, and 1 where its step is prepared
@group(0) @binding(3) var<storage, read> gradients: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> parameters: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> stored: array<vec4f>; // for updates/storing

// The gradient of the vec4 at i, clipped, with those of the regularization losses.
fn gradient_of(i: u32, w: vec4f, l1: f32, l2: f32) -> vec4f {
  var g = gradients[i] * run.clip;
  // Not clamp, which SwiftShader makes of 70 instructions for each number, clipping or not.
  if (params.clip_value > 0.0) {
    let limit = vec4f(params.clip_value);
    g = select(select(g, limit, g > limit), -limit, g < -limit);
  }
  return g + l2 * w + l1 * sign(w);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  hidden_zero = workgroup.z;
  let first = linear_index(workgroup, groups, local, WORKGROUP) * 4u;
  if (first >= params.count || skips_update(first)) { return; }
  let h = hyper[first / 16u];
  let lr = run.learning_rate * h.w;
  let halves = vec2u(hyper[params.count / 16u + first / 16u].xy);
  let since = halves.x + (halves.y << 16u);
  let it = step_at(lr, run.step - run.skipped - since);
  let decay = params.weight_decay * h.z;
  let decoupled = params.decoupled != 0u;
  let l2 = h.y + select(decay, 0.0, decoupled);
  let shrink = select(0.0, lr * decay, decoupled);
  for (var i = first; i < first + 4u; i++) {
    let w = parameters[i];
    store_update(i, w, change_of(i, gradient_of(i, w, h.x, l2), it) - shrink * w);
  }
  end_update(first);
}
