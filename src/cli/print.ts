// All that the tool says goes through here: names come from files, and what a terminal takes for a command is shown instead of sent.

// biome-ignore lint/suspicious/noControlCharactersInRegex: those are meant, and the marks that turn the direction of text around
const COMMANDS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Text with control characters as JSON writes them, but for line breaks and tabs. */
export function shown(text: string): string {
  return text.replace(COMMANDS, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The same for a name, which is never more than one line. */
export function oneLine(name: string): string {
  return shown(name).replaceAll('\n', '\\n').replaceAll('\t', '\\t');
}

/** A line, or several, on stdout. */
export function print(text: string): void {
  console.log(shown(text));
}

/** Prints to stderr, so that stdout holds only the result. */
export function note(text: string): void {
  console.error(shown(text));
}

/** What was asked for, as it is; shown where it goes to a terminal. */
export function write(text: string): void {
  process.stdout.write(process.stdout.isTTY ? shown(text) : text);
}
