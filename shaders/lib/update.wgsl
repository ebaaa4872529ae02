// What every update does before its own rule: clip the data gradient, then add the gradients of the penalties.
// Expects params.count (vec4s), params.clip_value, params.weight_decay and the bindings below. Linked with one of updates/, which
// stores the step.
@group(0) @binding(1) var<storage, read> run: RunState;
@group(0) @binding(2) var<storage, read> hyper: array<vec4f>; // per block of 16 vec4: l1, l2, decays, unused
@group(0) @binding(3) var<storage, read> gradients: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> parameters: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> kept: array<vec4f>; // for updates/keeping

// The gradient of the vec4 at i with penalties and, where `coupled`, the optimizer's weight decay as an L2 term; h is its block's
// entry of `hyper`.
fn gradient_of(i: u32, w: vec4f, h: vec4f, coupled: bool) -> vec4f {
  var g = gradients[i] * run.clip;
  // Not clamp, which SwiftShader makes of 70 instructions for each number, clipping or not.
  if (params.clip_value > 0.0) {
    let limit = vec4f(params.clip_value);
    g = select(select(g, limit, g > limit), -limit, g < -limit);
  }
  let l2 = h.y + select(0.0, params.weight_decay * h.z, coupled);
  return g + l2 * w + h.x * sign(w);
}
