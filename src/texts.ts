// Words for people that come with a feature: what it is called and what it does, in every language of the page. A missing language does not compile.

export interface Text {
  /** As a control or a table names it: 'Huber'. */
  readonly title: string;
  /** A sentence. */
  readonly summary: string;
}

export interface Texts {
  readonly en: Text;
  readonly zh: Text;
}
