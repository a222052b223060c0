import { useEffect, useLayoutEffect, useRef } from 'react';
import { createStore } from './store';
import { stepOf, takesEnter, takesText, type Shortcut } from './shortcuts';

/** Something the user can do, by key, from the palette, or by a button that runs the same function. */
export type Command = {
  /** Noun and verb, such as `ticket.claim`. */
  id: string;
  /** What it does, in the user's language. */
  title: string;
  /** Heading in the palette and on the help sheet, in the user's language. */
  group: string;
  shortcut?: Shortcut;
  run: () => void;
  /** False: it cannot be done now, and is not shown. */
  enabled?: boolean;
  /** False: a key only, such as moving to the next row; on the help sheet and not in the palette. */
  inPalette?: boolean;
  /** True: the shortcut counts while text is being typed, too. For those with `mod`, or `esc`. */
  inText?: boolean;
};

type Registration = { commands: Command[] };

// The last one registered comes first: a page's keys count before the shell's.
const registrations: Registration[] = [];
const changes = createStore(0);

/** Offers commands while the component is there. */
export function useCommands(commands: Command[]): void {
  const registration = useRef<Registration>({ commands });
  useLayoutEffect(() => {
    registration.current.commands = commands;
  });
  useEffect(() => {
    const own = registration.current;
    registrations.unshift(own);
    changes.set(changes.get() + 1);
    return () => {
      registrations.splice(registrations.indexOf(own), 1);
      changes.set(changes.get() + 1);
    };
  }, []);
}

/** All that can be done now; of two with the same id the one registered last, and of two with the same key, too. */
export function currentCommands(): Command[] {
  const seen = new Set<string>();
  const keys = new Set<string>();
  return registrations
    .flatMap((registration) => registration.commands)
    .filter((command) => {
      const isNew = command.enabled !== false && !seen.has(command.id);
      seen.add(command.id);
      return isNew;
    })
    .map((command) => {
      if (command.shortcut === undefined) return command;
      // While text is typed, only some keys count, and take nothing from the others.
      const key = `${command.shortcut} ${command.inText === true}`;
      if (keys.has(key)) return keyless(command);
      keys.add(key);
      return command;
    });
}

function keyless(command: Command): Command {
  const other = { ...command };
  delete other.shortcut;
  return other;
}

/** Finds more for what is typed into the palette, such as tickets with these words; `signal` says when it is too late. */
export type CommandSource = (typed: string, signal: AbortSignal) => Promise<Command[]>;

const sources = new Set<{ find: CommandSource }>();

/** Lets the palette ask a source while the component is there. */
export function useCommandSource(find: CommandSource): void {
  const source = useRef({ find });
  useLayoutEffect(() => {
    source.current.find = find;
  });
  useEffect(() => {
    const own = source.current;
    sources.add(own);
    return () => void sources.delete(own);
  }, []);
}

/** What all sources find, in the order in which they came to be. */
export async function findCommands(typed: string, signal: AbortSignal): Promise<Command[]> {
  const found = await Promise.all([...sources].map((source) => source.find(typed, signal)));
  return found.flat();
}

/** Counts up when commands come and go. */
export const commandChanges = changes;

const SEQUENCE_MS = 1200;

/** Listens for the shortcuts of all commands; the answer ends it. */
export function listenForShortcuts(target: Window = window): () => void {
  let first: { step: string; at: number } | null = null;
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing) return;
    const step = stepOf(event);
    if (step === null || (step === 'enter' && takesEnter(event.target))) return;
    const inText = takesText(event.target);
    const inDialog = event.target instanceof Element && event.target.closest('[role="dialog"]') !== null;
    const pair = first !== null && event.timeStamp - first.at < SEQUENCE_MS ? `${first.step} ${step}` : null;
    first = null;
    // A dialog has the keys to itself, but for those that count everywhere.
    const counts = (command: Command) => (inText || inDialog ? command.inText === true : true);
    const usable = currentCommands().filter((command) => command.shortcut !== undefined && counts(command));
    const found =
      usable.find((command) => command.shortcut === pair) ??
      usable.find((command) => command.shortcut === step);
    if (found) {
      event.preventDefault();
      found.run();
    } else if (usable.some((command) => command.shortcut?.startsWith(`${step} `))) {
      first = { step, at: event.timeStamp };
    }
  };
  target.addEventListener('keydown', onKeyDown);
  return () => target.removeEventListener('keydown', onKeyDown);
}
