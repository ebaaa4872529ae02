// <fathom-lab>: the laboratory inside another page. The page of Fathom runs in a frame of its own, with its engine, styles and language; the element only says
// which network it shows, so it weighs nothing and nothing of the page around it can disturb it.
import { UsageError } from '../errors.ts';
import { type OptionTable, readOptions } from '../option_table.ts';

/** What the element is defined with. */
export interface FathomLabOptions {
  /** The address of a page of Fathom, as `npm run build:demo` makes it. */
  readonly page: string;
  /** The name of the element, 'fathom-lab' by default: lower case, with a hyphen. */
  readonly name?: string;
}

const OPTIONS = {
  page: { type: 'string', required: true },
  name: { type: 'string', default: 'fathom-lab' },
} as const satisfies OptionTable<FathomLabOptions>;

/** Attributes that decide the frame's address, besides `page`. */
const STATE = ['preset', 'settings', 'language', 'theme'] as const;
const ATTRIBUTES = [...STATE, 'show', 'page', 'label'] as const;

/**
 * Defines the element `<fathom-lab>`, which shows a network in a frame: headline, product, strip and profile with its handle, and a link to the whole page.
 * Where it is defined already, that definition stays.
 *
 * Its attributes: `preset` ('too-small', 'just-right', 'too-large', 'sigmoid', 'relu', 'he', 'shortcuts', 'resnet'), or `settings` as behind the # of the page's
 * address ('depth=20&gain=1.2'); `show`, some of 'strip profile heat loss' ('strip profile' by default); `language` ('en' or 'zh') and `theme` ('light' or 'dark'), those
 * of the visitor by default; `page` for another page than that of the options; `label`, what the frame is called for screen readers. It is as wide as its place,
 * from 320 pixels on, and 432 pixels high unless a style says otherwise. It trains while it is in sight.
 *
 * @param options - The address of the page, and the element's name.
 * @returns The class of the element.
 * @throws UsageError for an address that is none, a name without a hyphen, another option, and where there are no custom elements, as in Node.
 * @example
 * import { defineFathomLab } from 'fathom-webgpu/lab';
 * defineFathomLab({ page: 'https://example.org/fathom/' });
 * // <fathom-lab preset="too-small"></fathom-lab>
 */
export function defineFathomLab(options: FathomLabOptions): CustomElementConstructor {
  const { page, name } = readOptions<FathomLabOptions, typeof OPTIONS>('defineFathomLab', OPTIONS, options);
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)+$/.test(name))
    throw new UsageError(`defineFathomLab: name: expected lower case with a hyphen, got ${JSON.stringify(name)}`);
  if (!/^https?:\/\//.test(page)) throw new UsageError(`defineFathomLab: page: expected an address that begins with https://, got ${JSON.stringify(page)}`);
  if (typeof customElements === 'undefined') throw new UsageError('defineFathomLab: there are no custom elements here: call it in a page, not on a server');
  const known = customElements.get(name);
  if (known) return known;

  class FathomLab extends HTMLElement {
    static readonly observedAttributes = ATTRIBUTES;
    #frame: HTMLIFrameElement | undefined;

    connectedCallback(): void {
      if (this.#frame) return;
      const root = this.attachShadow({ mode: 'open' });
      const style = document.createElement('style');
      style.textContent = ':host{display:block;min-width:320px;height:432px}iframe{display:block;width:100%;height:100%;border:0;background:none}';
      this.#frame = document.createElement('iframe');
      this.#frame.loading = 'lazy';
      root.append(style, this.#frame);
      this.#show();
    }

    attributeChangedCallback(): void {
      this.#show();
    }

    /** Gives the frame its address and its name. */
    #show(): void {
      if (!this.#frame) return;
      const address = frameAddress(this.getAttribute('page') ?? page, (attribute) => this.getAttribute(attribute));
      if (this.#frame.src !== address) this.#frame.src = address;
      this.#frame.title = this.getAttribute('label') ?? 'Fathom: gradient laboratory';
    }
  }
  customElements.define(name, FathomLab);
  return FathomLab;
}

/** The address of an embedded page, from the attributes of an element. @internal */
export function frameAddress(page: string, attribute: (name: (typeof ATTRIBUTES)[number]) => string | null): string {
  const address = new URL(page);
  address.searchParams.set('embed', '1');
  const show = attribute('show');
  if (show)
    address.searchParams.set(
      'show',
      show
        .trim()
        .split(/[\s,]+/)
        .join(),
    );
  const state = new URLSearchParams(attribute('settings') ?? '');
  for (const name of STATE) if (name !== 'settings' && attribute(name)) state.set(name, attribute(name)!);
  address.hash = state.toString();
  return address.href;
}
