// The batch: row r of y is the data set's row permuted(first + r), a keyed permutation that changes with the epoch; rows
// behind the true ones are zero. A data set that is streamed comes in this order already: then `data` is a ring of the next
// batches. Each invocation copies up to 16 words of a row: the permutation costs more than they do.
struct Params {
  rows: u32,
  columns: u32,
  shuffle: u32,
  slots: u32, // batches in the ring; 0 where the whole data set is here
}
override WORKGROUP: u32 = 64;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> data: array<f32>;
@group(0) @binding(2) var<storage, read> run: RunState;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_index(workgroup, groups, local, WORKGROUP);
  let parts = (params.columns + 15u) / 16u;
  if (i >= params.rows * parts) { return; }
  let row = i / parts;
  let first = i % parts * 16u;
  let end = min(first + 16u, params.columns);
  let used = row < run.rows;
  var sample = run.first + row;
  if (params.slots != 0u) {
    sample = ((run.batches - 1u) % params.slots) * run.batch + row;
  } else if (params.shuffle != 0u) {
    sample = permuted(sample, run.samples, threefry(vec2u(run.key0, run.key1), vec2u(run.epoch, 0u)));
  }
  for (var c = first; c < end; c++) { y[row * params.columns + c] = select(0.0, data[sample * params.columns + c], used); }
}
