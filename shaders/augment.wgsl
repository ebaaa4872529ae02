// Images changed at random, each sample in its own way: y's pixel is x's at the place that the stages lead back to, between pixels the
// mean of four by distance, beyond the border 0. What is drawn is a function of the run's key, the batch, the sample and the stage, so that a
// replay draws the same and nothing is stored. An invocation makes all channels of a pixel. Stages are kind, amount, probability, 0.
struct Params {
  pixels: u32, // of the whole batch, padding included
  height: u32,
  width: u32,
  channels: u32,
  stages: u32,
}
override WORKGROUP: u32 = 64;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<storage, read> run: RunState;
@group(0) @binding(4) var<storage, read> stages: array<vec4f>;

// Kinds, and the salt of the key: AUGMENT_KINDS and AUGMENT_KEY of src/ops/augment.ts.
const FLIP_HORIZONTAL = 0;
const FLIP_VERTICAL = 1;
const SHIFT = 2;
const CROP = 3;
const ROTATE = 4;
const CUT_OUT = 5;
const NOISE = 6;
const KEY = 0x61756772u;

// In [0, 1), by 24 bits: exact.
fn augment_uniform(bits: u32) -> f32 { return f32(bits >> 8u) * 0x1p-24; }

// An integer in [0, count), count below 65536: in integers, since a product of floats might be rounded up to count.
fn augment_integer(bits: u32, count: u32) -> u32 { return ((bits >> 16u) * count) >> 16u; }

// Cosine and sine of an angle in [-pi, pi], which WGSL promises to 2^-11 only: Taylor's series at the half, 7e-10.
fn augment_turn(angle: f32) -> vec2f {
  let h = 0.5 * angle;
  let q = h * h;
  let s = h * (1.0 - q / 6.0 * (1.0 - q / 20.0 * (1.0 - q / 42.0 * (1.0 - q / 72.0 * (1.0 - q / 110.0 * (1.0 - q / 156.0))))));
  let c = 1.0 - q / 2.0 * (1.0 - q / 12.0 * (1.0 - q / 30.0 * (1.0 - q / 56.0 * (1.0 - q / 90.0 * (1.0 - q / 132.0 * (1.0 - q / 182.0))))));
  return vec2f(1.0 - 2.0 * s * s, 2.0 * s * c);
}

// Standard normal (Box-Muller).
fn augment_normal(bits: vec2u) -> f32 {
  let radius = sqrt(-2.0 * math_log(vec4f(f32((bits.x >> 8u) + 1u) * 0x1p-24)).x);
  return radius * augment_turn(6.283185307 * (augment_uniform(bits.y) - 0.5)).x;
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_index(workgroup, groups, local, WORKGROUP);
  if (i >= params.pixels) { return; }
  let area = params.height * params.width;
  let sample = i / area;
  let pixel = i % area;
  let key = threefry(vec2u(run.key0, run.key1), vec2u(KEY, run.batches));
  let size = vec2f(f32(params.width), f32(params.height));
  var place = vec2f(f32(pixel % params.width), f32(pixel / params.width));
  var cut = false;
  for (var stage = params.stages; stage > 0u; stage--) {
    let word = stages[stage - 1u];
    let amount = word.y;
    let bits = threefry(key, vec2u(sample, 2u * stage));
    let more = threefry(key, vec2u(sample, 2u * stage + 1u));
    switch i32(word.x) {
      case FLIP_HORIZONTAL: { place.x = select(place.x, size.x - 1.0 - place.x, augment_uniform(bits.x) < word.z); }
      case FLIP_VERTICAL: { place.y = select(place.y, size.y - 1.0 - place.y, augment_uniform(bits.x) < word.z); }
      case SHIFT: {
        let count = 2u * u32(amount) + 1u;
        place -= vec2f(f32(augment_integer(bits.x, count)), f32(augment_integer(bits.y, count))) - amount;
      }
      case CROP: {
        let side = 1.0 - (1.0 - amount) * augment_uniform(more.x);
        let offset = (1.0 - side) * size * vec2f(augment_uniform(bits.x), augment_uniform(bits.y));
        let inside = all(place > vec2f(-0.5)) && all(place < size - 0.5);
        let window = offset + side * (place + 0.5) - 0.5;
        // Near the window's edge the pixels beyond it count, beyond the image's none: its own go on there.
        place = select(window, min(max(window, vec2f(0.0)), size - 1.0), inside);
      }
      case ROTATE: {
        let turn = augment_turn(amount * (2.0 * augment_uniform(bits.x) - 1.0));
        let centre = 0.5 * (size - 1.0);
        let from_centre = place - centre;
        place = centre + vec2f(turn.x * from_centre.x + turn.y * from_centre.y, turn.x * from_centre.y - turn.y * from_centre.x);
      }
      case CUT_OUT: {
        let corner = vec2f(f32(augment_integer(bits.x, params.width)), f32(augment_integer(bits.y, params.height))) - floor(0.5 * amount);
        cut = cut || (all(place >= corner - 0.5) && all(place < corner + amount - 0.5));
      }
      default: {}
    }
  }
  let low = floor(place);
  let part = place - low;
  for (var channel = 0u; channel < params.channels; channel++) {
    var value = 0.0;
    for (var corner = 0u; corner < 4u; corner++) {
      let step = vec2f(f32(corner & 1u), f32(corner >> 1u));
      let at = low + step;
      let near = select(1.0 - part, part, step == vec2f(1.0));
      let inside = !cut && all(at >= vec2f(0.0)) && all(at < size);
      let from_pixel = select(0u, u32(at.y) * params.width + u32(at.x), inside);
      value += select(0.0, near.x * near.y * x[(sample * area + from_pixel) * params.channels + channel], inside);
    }
    let to = i * params.channels + channel;
    for (var stage = 0u; stage < params.stages; stage++) {
      if (i32(stages[stage].x) == NOISE) { value += stages[stage].y * augment_normal(threefry(key, vec2u(to, 0x80000000u | stage))); }
    }
    y[to] = value;
  }
}
