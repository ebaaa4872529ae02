// The moving average of all parameters after an update, a quarter of a block (four vec4) per invocation. The first update that counts begins it; what is
// trained only from a later one on begins there. Nothing changes after a non-finite step.
struct Params {
  count: u32, // vec4s
  fraction: f32, // of the new weights in the average; 0: all that counted weigh alike
  start: u32, // the first update that counts, from 1
  every: u32, // updates from one that counts to the next
}
override WORKGROUP: u32 = 64;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> run: RunState;
@group(0) @binding(2) var<storage, read> hyper: array<vec4f>; // as in update.wgsl: after the factors of all blocks, since which update each is trained
@group(0) @binding(3) var<storage, read> parameters: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> average: array<vec4f>;

// How many of the first t updates count.
fn counted(t: u32) -> u32 {
  return select((t - params.start) / params.every + 1u, 0u, t < params.start);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let first = linear_index(workgroup, groups, local, WORKGROUP) * 4u;
  if (first >= params.count || run.non_finite != 0u || run.halted != 0u) { return; }
  let t = run.step - run.skipped;
  let so_far = counted(t);
  if (so_far == counted(t - 1u)) { return; }
  let halves = vec2u(hyper[params.count / 16u + first / 16u].xy);
  let own = so_far - counted(halves.x + (halves.y << 16u));
  let fraction = select(params.fraction, 1.0 / f32(own), params.fraction == 0.0);
  for (var i = first; i < first + 4u; i++) {
    let w = parameters[i];
    let before = average[i];
    average[i] = select(before + (w - before) * fraction, w, own == 1u);
  }
}
