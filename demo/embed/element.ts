// fathom-lab.js beside the page: a page that loads it has <fathom-lab>, which shows this page.
import { defineFathomLab } from '../../src/lab/index.ts';

defineFathomLab({ page: new URL('.', import.meta.url).href });
