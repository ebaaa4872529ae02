// SGD without momentum: w = w - lr g.
struct Optimizer {
  unused: f32, // WGSL has no empty struct
}
struct Step {
  lr: f32,
}
fn step_at(lr: f32, _t: u32) -> Step {
  return Step(lr);
}
fn change_of(_i: u32, g: vec4f, it: Step) -> vec4f {
  return -it.lr * g;
}
