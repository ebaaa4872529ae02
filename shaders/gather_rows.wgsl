// The batch: sample s of y is the data set's sample permuted(first + s), a keyed permutation that changes with the epoch. Behind the true ones
// the last of them is repeated, so that what is computed of padding is as finite as what counts. A data set that is streamed comes in this order
// already: then `data` is a ring of the next batches. Each invocation copies up to 16 elements of a sample: the permutation costs more than
// they do. Linked with one of shaders/gather, which reads an element as what y holds.
struct Params {
  samples: u32,    // of the batch, padding included
  columns: u32,    // elements of a sample
  shuffle: u32,
  ring_batches: u32, // batches in the ring; 0 where the whole data set is here
  batch_words: u32,  // words of a batch in the ring
}
override WORKGROUP: u32 = 64;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> data: array<u32>;
@group(0) @binding(2) var<storage, read> run: RunState;
@group(0) @binding(3) var<storage, read_write> y: array<u32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_index(workgroup, groups, local, WORKGROUP);
  let parts = (params.columns + 15u) / 16u;
  if (i >= params.samples * parts) { return; }
  let to = i / parts;
  let begin = i % parts * 16u;
  let end = min(begin + 16u, params.columns);
  let place = min(to, run.rows - 1u);
  var sample = run.batch_start + place;
  var word = 0u;
  if (params.ring_batches != 0u) {
    sample = place;
    word = ((run.batches - 1u) % params.ring_batches) * params.batch_words;
  } else if (params.shuffle != 0u) {
    sample = permuted(sample, run.dataset_size, threefry(vec2u(run.key0, run.key1), vec2u(run.epoch, 0u)));
  }
  for (var c = begin; c < end; c++) { y[to * params.columns + c] = element(word, sample * params.columns + c); }
}
