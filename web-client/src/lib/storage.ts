/** What this browser remembers between visits; everything works without it. */
export function remembered(key: string): string | null {
  try {
    return localStorage.getItem(`deskwire.${key}`);
  } catch {
    return null;
  }
}

/** Remembers a value; null forgets it. */
export function remember(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(`deskwire.${key}`);
    else localStorage.setItem(`deskwire.${key}`, value);
  } catch {
    // Storage is full or switched off.
  }
}
