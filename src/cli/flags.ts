// Options of the command line made from option tables: what a value is there, its flag takes.
import { Option } from 'commander';
import type { Entry } from '../option_table.ts';

/** Whether a flag can say it: a number, true or false, a word or a name, or a list of numbers or words. */
export function fitsFlag(entry: Entry): boolean {
  return ['number', 'integer', 'boolean', 'name', 'string'].includes(entry.type) || itemsOf(entry) !== undefined;
}

/** The flag of an option: `learningRate` is --learning-rate. */
export function flagOf(name: string, entry: Entry, words: string): Option {
  const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  if (entry.type === 'boolean') return new Option(`${flag} [true|false]`, words).argParser(truth);
  if (entry.type === 'name') return new Option(`${flag} <name>`, `${words}: ${entry.names.map((each) => (each === '' ? "''" : each)).join(', ')}`);
  if (entry.type === 'string') return new Option(`${flag} <text>`, words);
  const items = itemsOf(entry);
  if (items === 'words') return new Option(`${flag} <words>`, `${words}, with commas`).argParser(moreOf);
  if (items) return new Option(`${flag} <numbers>`, `${words}, with commas`).argParser(numbers);
  return numeric(`${flag} <number>`, words);
}

/** A flag that takes a number. What is none stays text, which the document's check refuses with its place and range. */
export const numeric = (flags: string, description: string): Option => new Option(flags, description).argParser(number);

function itemsOf(entry: Entry): 'numbers' | 'words' | undefined {
  if (entry.type !== 'list') return undefined;
  return entry.of.type === 'number' || entry.of.type === 'integer' ? 'numbers' : entry.of.type === 'string' ? 'words' : undefined;
}

function number(value: string): number | string {
  return value.trim() === '' || Number.isNaN(Number(value)) ? value : Number(value);
}

const numbers = (value: string): (number | string)[] => value.split(',').map(number);

export const list = (value: string): string[] => value.split(',');

/** The words of a flag that may be given again: all of them count. */
const moreOf = (value: string, before: readonly string[] | undefined): string[] => [...(before ?? []), ...list(value)];

function truth(value: string): boolean | string {
  return value === 'true' ? true : value === 'false' ? false : value;
}
