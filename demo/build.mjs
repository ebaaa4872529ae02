// npm run build:demo [-- --url https://example.org/fathom/] [--out-dir folder]
// Builds the page. With its address, links to it and to each preset show a picture.
import { parseArgs } from 'node:util';
import { build } from 'vite';

const { values } = parseArgs({ options: { url: { type: 'string' }, 'out-dir': { type: 'string' } } });
// The page itself knows where it lies by a variable of Vite.
if (values.url) process.env.VITE_FATHOM_URL = values.url.endsWith('/') ? values.url : `${values.url}/`;
await build({ mode: 'demo', ...(values['out-dir'] ? { build: { outDir: values['out-dir'] } } : {}) });
