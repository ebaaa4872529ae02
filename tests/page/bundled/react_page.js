// A React page with <fathom-lab>, as its guide says: the element is defined in an effect, which runs twice in strict mode, and its attributes follow the state.
import { defineFathomLab } from 'fathom-webgpu/lab';
import { createElement, StrictMode, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';

const page = new URLSearchParams(location.search).get('page');

function Page() {
  const [preset, setPreset] = useState('too-small');
  const [clicks, setClicks] = useState(0);
  const [shown, setShown] = useState(true);
  useEffect(() => {
    defineFathomLab({ page });
  }, []);
  return createElement(
    'main',
    null,
    createElement('h1', null, 'A React page'),
    createElement('button', { type: 'button', id: 'he', onClick: () => setPreset('he') }, 'He'),
    createElement('button', { type: 'button', id: 'again', onClick: () => setClicks(clicks + 1) }, `Drawn again ${clicks} times`),
    createElement('button', { type: 'button', id: 'toggle', onClick: () => setShown(!shown) }, 'Show or hide'),
    shown && createElement('fathom-lab', { preset, show: 'strip profile', label: 'A network of fifty layers' }),
  );
}

createRoot(document.getElementById('root')).render(createElement(StrictMode, null, createElement(Page)));
