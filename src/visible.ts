// Names come from files: what a terminal or a reader would take for a command is shown instead.

// biome-ignore lint/suspicious/noControlCharactersInRegex: those are meant, and the marks that turn the direction of text around
const COMMANDS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Text with control characters and marks of direction as JSON writes them, but for line breaks and tabs. */
export function visible(text: string): string {
  return text.replace(COMMANDS, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
