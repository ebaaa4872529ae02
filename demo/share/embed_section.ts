// The part of the Share sheet about embedding.
import { embedLines } from './links.ts';
import { copied, part, type Section } from './sheet.ts';

export const embedSection = (section: Section): HTMLElement => part(section.w.embed, copied(section, section.w.embed, embedLines(section.app), 5));
