// Groups of parameters by patterns of path.
import { type GroupSettings, type Groups, UNGROUPED } from './build.ts';

/** A group with paths alone: plain data. */
export interface PathGroup {
  /** Who asked for it, for a message: `groups[0]`. */
  readonly where: string;
  readonly paths: readonly string[];
  readonly settings: Partial<GroupSettings>;
}

/** The settings by path: the later group decides, setting by setting. */
export function settingsOf(groups: readonly PathGroup[]): Groups {
  const known = groups.map(({ paths, settings }) => ({ patterns: paths.map(patternOf), settings }));
  const settingsIn = (path: string) => known.filter(({ patterns }) => patterns.some((pattern) => pattern.test(path))).map(({ settings }) => settings);
  return (path) => Object.assign({}, UNGROUPED, ...settingsIn(path));
}

/** Whether a pattern holds a path: `*` stands for any characters, and all below a path is in it. */
export const matches = (pattern: string, path: string): boolean => patternOf(pattern).test(path);

const patternOf = (text: string): RegExp => new RegExp(`^${text.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}(/|$)`);
