// The last checkpoint, kept by the browser: a reload, or a tab that the system closed, costs no training. One run, the newest, and only on this device.
const NAME = 'fathom';
const STORE = 'runs';
const KEY = 'last';

export interface StoredRun {
  /** What trained, as JSON: whoever goes on has the same. */
  document: string;
  step: number;
  bytes: Uint8Array;
}

/** The stored run; null where there is none or the browser keeps nothing. */
export const storedRun = (): Promise<StoredRun | null> =>
  inStore<StoredRun | undefined>('readonly', (store) => store.get(KEY)).then(
    (run) => run ?? null,
    () => null,
  );

/** Stores a run in the place of the one before. Where the browser has no room, nothing is kept. */
export const storeRun = (run: StoredRun): Promise<void> =>
  inStore('readwrite', (store) => store.put(run, KEY)).then(
    () => {},
    () => {},
  );

async function inStore<T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest): Promise<T> {
  if (!('indexedDB' in globalThis)) throw new Error('no indexedDB');
  const opening = indexedDB.open(NAME, 1);
  opening.onupgradeneeded = () => void opening.result.createObjectStore(STORE);
  const base = await answer<IDBDatabase>(opening);
  try {
    return await answer<T>(act(base.transaction(STORE, mode).objectStore(STORE)));
  } finally {
    base.close();
  }
}

const answer = <T>(request: IDBRequest): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result as T);
    request.onerror = () => reject(request.error);
  });
