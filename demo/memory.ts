// What the page remembers on a device. Embedded in another page it remembers nothing, and a browser may forbid it: then it knows nothing, and asks anew.

/** Whether the page is part of another. */
export const embedded = globalThis.document?.documentElement.classList.contains('embed') === true;

/** What was remembered under a name; null for nothing. */
export function recall(name: string): string | null {
  try {
    return embedded ? null : localStorage.getItem(name);
  } catch {
    return null;
  }
}

/** Remembers a text under a name. */
export function remember(name: string, text: string): void {
  try {
    if (!embedded) localStorage.setItem(name, text);
  } catch {
    // A browser that keeps nothing is asked again on the next visit.
  }
}
