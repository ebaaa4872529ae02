// fathom-lab.js beside the page: a page that loads it has <fathom-lab>, which shows this page. One file, and no module: what is asked for across origins as a
// module has to be allowed by the server, and not every host of files says so.
import { defineFathomLab } from '../../src/lab/index.ts';

const self = document.currentScript ?? document.querySelector('script[src*="fathom-lab.js"]');
defineFathomLab({ page: new URL('.', (self as HTMLScriptElement).src).href });
