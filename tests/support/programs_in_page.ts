// Runs programs of tests/fixtures/faults in a page, on the package as it is built: what they print.

/** What a program of this text printed, a line for each call; `library`: the package's address. */
export async function linesOf(program: string, library: string): Promise<string[]> {
  const text = program.replace("globalThis.process?.env.FATHOM ?? 'fathom-webgpu'", JSON.stringify(new URL(library, location.href).href));
  const lines: string[] = [];
  const { log } = console;
  console.log = (...words: unknown[]) => lines.push(words.map((word) => (typeof word === 'string' ? word : JSON.stringify(word))).join(' '));
  const url = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
  try {
    await import(/* @vite-ignore */ url);
  } finally {
    console.log = log;
    URL.revokeObjectURL(url);
  }
  return lines;
}
