import '@testing-library/jest-dom/vitest';
import { cleanup, configure } from '@testing-library/react';
import { afterEach } from 'vitest';

// For machines that do something else beside.
configure({ asyncUtilTimeout: 10_000 });
afterEach(() => {
  cleanup();
  localStorage.clear();
});

// What browsers have and jsdom has not.
window.matchMedia ??= (query: string) =>
  ({
    matches: false,
    media: query,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  }) as unknown as MediaQueryList;

window.ResizeObserver ??= class implements ResizeObserver {
  observe() {}
  unobserve() {}
  disconnect() {}
};

Object.defineProperty(document, 'fonts', {
  value: { addEventListener: () => undefined, removeEventListener: () => undefined },
});
window.scrollTo = () => undefined;
Element.prototype.scrollIntoView ??= () => undefined;
Element.prototype.scrollTo ??= () => undefined;

// Everything is laid out with no size at all in jsdom; virtual lists need one to show anything.
for (const [name, px] of Object.entries({
  clientWidth: 1200,
  clientHeight: 800,
  offsetWidth: 1200,
  offsetHeight: 800,
})) {
  Object.defineProperty(HTMLElement.prototype, name, { configurable: true, get: () => px });
}

// A popover whose button is laid out nowhere hides itself.
Element.prototype.getBoundingClientRect = () => new DOMRect(0, 0, 1200, 800);
