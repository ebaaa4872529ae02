// A formula that says of a point of the plane whether it is of class 1: `y > sin(3 x)`. Read by descent into functions of our own; nothing of it is run as code.

/** Whether a formula is read as a number or as true and false. */
type Kind = 'number' | 'truth';
type Of = (x: number, y: number) => number;

interface Node {
  kind: Kind;
  /** Of truths 1 and 0. */
  of: Of;
  at: number;
}

/** What is wrong with a formula. */
export type Wrong = 'end' | 'unexpected' | 'name' | 'call' | 'number_wanted' | 'truth_wanted' | 'equals' | 'one_class';

/** Where a formula is wrong: `at` counts its characters from 1, `what` stands there. */
export class FormulaError extends Error {
  readonly wrong: Wrong;
  readonly at: number;
  readonly what: string;

  constructor(wrong: Wrong, at: number, what: string) {
    super(`${wrong} at ${at + 1}: ${what}`);
    this.wrong = wrong;
    this.at = at + 1;
    this.what = what;
  }
}

const FUNCTIONS: Readonly<Record<string, (value: number) => number>> = {
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  tanh: Math.tanh,
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  abs: Math.abs,
  floor: Math.floor,
  sign: Math.sign,
};
const VALUES: Readonly<Record<string, Of>> = {
  x: (x) => x,
  y: (_, y) => y,
  r: (x, y) => Math.hypot(x, y),
  pi: () => Math.PI,
  e: () => Math.E,
};
const COMPARE: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '<': (a, b) => a < b,
  '>': (a, b) => a > b,
  '<=': (a, b) => a <= b,
  '>=': (a, b) => a >= b,
};
/** Every name that a formula may use. */
export const NAMES: readonly string[] = [...Object.keys(VALUES), ...Object.keys(FUNCTIONS), 'and', 'or', 'not'];

interface Token {
  text: string;
  at: number;
}

const TOKEN = /\s*(?:(\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?)|([a-z]+)|(<=|>=|\*\*|[-+*/^()<>=]))/iy;
/** What keyboards and books write for the same. */
const SAME: Readonly<Record<string, string>> = {
  '×': '*',
  '·': '*',
  '−': '-',
  '≤': '<=',
  '≥': '>=',
  '（': '(',
  '）': ')',
  '＞': '>',
  '＜': '<',
  '\u00a0': ' ',
};

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (text.slice(at).trim()) {
    TOKEN.lastIndex = at;
    const space = at + /^\s*/.exec(text.slice(at))![0].length;
    const known = SAME[text[space]!];
    const match = known ? null : TOKEN.exec(text);
    if (!known && !match) throw new FormulaError('unexpected', space, text[space]!);
    tokens.push({ text: known ?? text.slice(space, TOKEN.lastIndex), at: space });
    at = known ? space + 1 : TOKEN.lastIndex;
  }
  return tokens.filter((token) => token.text.trim());
}

/** Reads one formula. */
class Reader {
  readonly #tokens: Token[];
  readonly #length: number;
  #next = 0;

  constructor(text: string) {
    this.#tokens = tokensOf(text);
    this.#length = text.trimEnd().length;
  }

  whole(): Node {
    const node = this.#or();
    const rest = this.#tokens[this.#next];
    if (rest) throw new FormulaError(rest.text === '=' ? 'equals' : 'unexpected', rest.at, rest.text);
    return this.#as('truth', node);
  }

  get #peek(): string {
    return this.#tokens[this.#next]?.text ?? '';
  }

  #take(...texts: string[]): string | undefined {
    if (!texts.includes(this.#peek)) return undefined;
    return this.#tokens[this.#next++]!.text;
  }

  #as(kind: Kind, node: Node): Node {
    if (node.kind === kind) return node;
    throw new FormulaError(kind === 'truth' ? 'truth_wanted' : 'number_wanted', node.at, this.#tokens.find(({ at }) => at === node.at)?.text ?? '');
  }

  /** `a or b`, `a and b`: the same of two operators. */
  #joined(word: string, inner: () => Node, join: (a: Of, b: Of) => Of): Node {
    let node = inner();
    while (this.#take(word)) {
      const [a, b] = [this.#as('truth', node).of, this.#as('truth', inner()).of];
      node = { kind: 'truth', at: node.at, of: join(a, b) };
    }
    return node;
  }

  #or(): Node {
    return this.#joined(
      'or',
      () => this.#and(),
      (a, b) => (x, y) => Math.max(a(x, y), b(x, y)),
    );
  }

  #and(): Node {
    return this.#joined(
      'and',
      () => this.#not(),
      (a, b) => (x, y) => a(x, y) * b(x, y),
    );
  }

  #not(): Node {
    const { at } = this.#tokens[this.#next] ?? { at: 0 };
    if (!this.#take('not')) return this.#comparison();
    const { of } = this.#as('truth', this.#not());
    return { kind: 'truth', at, of: (x, y) => 1 - of(x, y) };
  }

  /** Also `0 < x < 1`. */
  #comparison(): Node {
    let left = this.#sum();
    let all: Of | undefined;
    for (let sign = this.#take(...Object.keys(COMPARE)); sign; sign = this.#take(...Object.keys(COMPARE))) {
      const compare = COMPARE[sign]!;
      const right = this.#sum();
      const [a, b, before] = [this.#as('number', left).of, this.#as('number', right).of, all];
      all = (x, y) => (before && before(x, y) === 0 ? 0 : Number(compare(a(x, y), b(x, y))));
      left = right;
    }
    return all ? { kind: 'truth', at: left.at, of: all } : left;
  }

  #sum(): Node {
    let node = this.#product();
    for (let sign = this.#take('+', '-'); sign; sign = this.#take('+', '-')) {
      const [a, b] = [this.#as('number', node).of, this.#as('number', this.#product()).of];
      node = { kind: 'number', at: node.at, of: sign === '+' ? (x, y) => a(x, y) + b(x, y) : (x, y) => a(x, y) - b(x, y) };
    }
    return node;
  }

  /** Two factors side by side are multiplied: `3 x`. */
  #product(): Node {
    let node = this.#signed();
    for (;;) {
      const beside = /^[\da-z.(]/i.test(this.#peek) && !['and', 'or', 'not'].includes(this.#peek);
      const sign = this.#take('*', '/') ?? (beside ? '*' : undefined);
      if (!sign) return node;
      const [a, b] = [this.#as('number', node).of, this.#as('number', beside ? this.#power() : this.#signed()).of];
      node = { kind: 'number', at: node.at, of: sign === '*' ? (x, y) => a(x, y) * b(x, y) : (x, y) => a(x, y) / b(x, y) };
    }
  }

  #signed(): Node {
    const { at } = this.#tokens[this.#next] ?? { at: 0 };
    const sign = this.#take('-', '+');
    if (!sign) return this.#power();
    const { of } = this.#as('number', this.#signed());
    return { kind: 'number', at, of: sign === '-' ? (x, y) => -of(x, y) : of };
  }

  #power(): Node {
    const node = this.#atom();
    if (!this.#take('^', '**')) return node;
    const [a, b] = [this.#as('number', node).of, this.#as('number', this.#signed()).of];
    return { kind: 'number', at: node.at, of: (x, y) => a(x, y) ** b(x, y) };
  }

  #atom(): Node {
    const token = this.#tokens[this.#next++];
    if (!token) throw new FormulaError('end', this.#length, '');
    const { text, at } = token;
    if (/^[\d.]/.test(text)) return { kind: 'number', at, of: () => Number(text) };
    if (text === '(') return { ...this.#closed(), at };
    const name = text.toLowerCase();
    if (Object.hasOwn(VALUES, name)) return { kind: 'number', at, of: VALUES[name]! };
    if (Object.hasOwn(FUNCTIONS, name)) {
      if (!this.#take('(')) throw new FormulaError('call', at, text);
      const [call, { of }] = [FUNCTIONS[name]!, this.#as('number', this.#closed())];
      return { kind: 'number', at, of: (x, y) => call(of(x, y)) };
    }
    throw new FormulaError(/^[a-z]/i.test(text) && !NAMES.includes(name) ? 'name' : text === '=' ? 'equals' : 'unexpected', at, text);
  }

  /** What stands in brackets, of which the first is taken. */
  #closed(): Node {
    const node = this.#or();
    if (this.#take(')')) return node;
    const rest = this.#tokens[this.#next];
    throw new FormulaError(rest ? (rest.text === '=' ? 'equals' : 'unexpected') : 'end', rest?.at ?? this.#length, rest?.text ?? '');
  }
}

/**
 * The class of a point, by a formula with comparisons, `and`, `or`, `not`, arithmetic and the functions of NAMES.
 *
 * @throws FormulaError with the place, for anything else.
 */
export function classBy(formula: string): (x: number, y: number) => 0 | 1 {
  const { of } = new Reader(formula).whole();
  return (x, y) => (of(x, y) ? 1 : 0);
}
