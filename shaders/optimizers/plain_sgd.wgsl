// SGD without momentum: w = w - rate g.
struct Optimizer {
  unused: f32, // WGSL has no empty struct
}
struct Step {
  rate: f32,
}
fn at_rate(rate: f32, _t: u32) -> Step {
  return Step(rate);
}
fn change_of(_i: u32, g: vec4f, it: Step) -> vec4f {
  return -it.rate * g;
}
