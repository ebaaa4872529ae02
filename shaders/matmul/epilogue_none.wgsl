// Epilogue: the product as it is.
fn finish_row(row: u32, column: u32, value: vec4f) -> vec4f {
  return value;
}
