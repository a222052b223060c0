/**
 * Keys as they are written in commands: `c`, `?`, `shift+e`, `mod+k` (Ctrl, on Apple's Cmd), or two after each other,
 * `g m`.
 */
export type Shortcut = string;

const isApple = () => /mac|iphone|ipad/i.test(navigator.userAgent);
const NAMES: Record<string, string> = { ' ': 'space', arrowup: 'up', arrowdown: 'down', escape: 'esc' };

/** The one step of a shortcut that a key press is; null for a lone Shift, Ctrl, Alt or Cmd. */
export function stepOf(event: KeyboardEvent): string | null {
  const key = event.key.toLowerCase();
  if (key === 'shift' || key === 'control' || key === 'alt' || key === 'meta') return null;
  const name = NAMES[key] ?? key;
  const parts = [];
  if (isApple() ? event.metaKey : event.ctrlKey) parts.push('mod');
  if (event.altKey) parts.push('alt');
  // Shift is a part of what `?` is, and something of its own beside a letter or a named key.
  if (event.shiftKey && (name.length > 1 || name !== name.toUpperCase())) parts.push('shift');
  return [...parts, name].join('+');
}

/** Whether typing goes into the element, so that single letters are text. */
export function takesText(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (
    target.isContentEditable ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement
  ) {
    return true;
  }
  return (
    target instanceof HTMLInputElement && !['checkbox', 'radio', 'button', 'submit'].includes(target.type)
  );
}

/** Whether Enter does something of its own on the element, such as a press of a button. */
export function takesEnter(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('button, a[href], summary, [role=menuitem]') !== null;
}

/** The keys of a shortcut as they stand on a keyboard, step by step. */
export function keysOf(shortcut: Shortcut): string[][] {
  return shortcut.split(' ').map((step) => step.split(/\+(?=.)/).map(keyName));
}

function keyName(key: string): string {
  if (key === 'mod') return isApple() ? '⌘' : 'Ctrl';
  if (key === 'shift') return isApple() ? '⇧' : 'Shift';
  if (key === 'alt') return isApple() ? '⌥' : 'Alt';
  if (key === 'enter') return '↵';
  if (key === 'up') return '↑';
  if (key === 'down') return '↓';
  if (key === 'esc') return 'Esc';
  return key.length === 1 ? key.toUpperCase() : key.charAt(0).toUpperCase() + key.slice(1);
}
