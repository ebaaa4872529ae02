// Text in the lines of a terminal.

/** Text in lines of at most `width` columns, where its words allow it; `indent` begins each. */
export function wrapped(text: string, width: number, indent = ''): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter(Boolean)) {
    if (line && indent.length + line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line ? `${line} ${word}` : word;
  }
  return [...lines, line].map((each) => indent + each).join('\n');
}

/** Lines that are too long, in several: what follows stands below the text behind the first column, or a little further in. */
export function wrappedLines(text: string, width: number): string {
  return text
    .split('\n')
    .map((line) => {
      if (line.length <= width) return line;
      const [indent, column = ''] = [/^ */.exec(line)![0], /^ *\S+(?: \S+)* {2,}/.exec(line)?.[0]];
      const head = column && 2 * column.length <= width ? column : indent;
      const hang = ' '.repeat(column === head ? head.length : indent.length && indent.length + 2);
      return head + wrapped(line.slice(head.length), width, hang).slice(hang.length);
    })
    .join('\n');
}
