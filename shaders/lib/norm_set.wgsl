// Where the numbers lie that group norm takes together: those of one sample and one group of channels, in x [samples, positions, channels of all groups].
struct NormSet {
  start: u32,         // its first number
  first_channel: u32,
  channels: u32,      // of a group
  all_channels: u32,
}
fn set_of(i: u32, positions: u32, groups: u32, channels: u32) -> NormSet {
  let first_channel = i % groups * channels;
  let all_channels = groups * channels;
  return NormSet(i / groups * positions * all_channels + first_channel, first_channel, channels, all_channels);
}
// Place and channel of its j-th number.
fn place_in(at: NormSet, j: u32) -> u32 { return at.start + j / at.channels * at.all_channels + j % at.channels; }
fn channel_in(at: NormSet, j: u32) -> u32 { return at.first_channel + j % at.channels; }
