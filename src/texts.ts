// Words for people that come with a feature: what it is called and what it does, in every language of the page. A missing language does not compile.

/** The languages of the texts. */
export const LANGUAGES = ['en', 'zh'] as const;
/** A language of the texts. */
export type Language = (typeof LANGUAGES)[number];

/** A title and a sentence. */
export interface Text {
  /** As a control or a table names it: 'Huber'. */
  readonly title: string;
  /** A sentence. */
  readonly summary: string;
}

/** The same words in every language; a title and a summary where nothing else is said. */
export type Texts<Words = Text> = Readonly<Record<Language, Words>>;
