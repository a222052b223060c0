import type { FirstTexts } from '@/i18n/en';
import { useText } from '@/i18n/use-text';

/** Codes that say it all. */
const CODES = [
  'ALREADY_CLAIMED',
  'ALREADY_DECIDED',
  'ALREADY_EXISTS',
  'ALREADY_RUNNING',
  'CONFLICT',
  'ILLEGAL_TRANSITION',
  'IN_USE',
  'MERGED',
  'NOT_FOUND',
] as const;

/** What the desk says about fields, in its own words (a test holds them to it), and the text that says the same in every language. */
export const WORDS = [
  ['empty', /^must not be empty/],
  ['characters', /^must have at most (?<most>\d+) characters, got (?<there>\d+)$/],
  ['length', /^must have 1 to (?<most>\d+) characters, got (?<there>\d+)$/],
  ['atMost', /^must have at most (?<most>\d+) characters$/],
  ['atLeast', /^must have at least (?<least>\d+) characters$/],
  ['bytes', /^must have at most (?<most>\d+) bytes, got (?<there>\d+)$/],
  ['oneLine', /^must be a single line/],
  ['unknown', /^no such (user|queue|category|tag|organisation|canned reply)$/],
  ['number', /^must (name|have) 1 to (?<most>\d+) /],
  ['between', /^must be (?<least>[\d.]+) to (?<most>[\d.]+), got/],
  ['future', /^must be in the future$/],
  ['later', /^must be (after from$|later than createdFrom)/],
  ['password', /^is not the present password$/],
  ['placeholders', /^has unknown placeholders: (?<unknown>.+); there are (?<known>.+)$/],
  ['scope', /^name at least one scope$/],
  ['otherDefault', /^make another queue the default instead$/],
  ['lastAdmin', /^the desk must keep at least one active admin$/],
  ['mentions', /^must name at most (?<most>\d+) people/],
  ['mentioned', /^must be active agents who may see the ticket$/],
  ['tags', /^at most (?<most>\d+) tags, got (?<there>\d+)$/],
  ['itself', /^a ticket cannot be merged into itself$/],
  ['worse', /^the validation found this version worse than the champion/],
  ['tooFew', /^the validation had too few tickets to say anything/],
  ['unchecked', /^this version was not validated against the present champion/],
  ['email', / is not an e-mail address$/],
  ['coolDown', /^a version was just taken back; wait until (?<until>[^,]+),/],
  ['retired', / is retired$/],
] as const satisfies readonly (readonly [keyof FirstTexts['common']['refusal'], RegExp])[];

type Say = (key: string, parts: Record<string, string>) => string;

/** What the caller can mend, in the user's language. */
export function useMistakeText(): (mistake: { code: string; message: string }) => string {
  const { t } = useText('common');
  return ({ code, message }) => {
    const known = CODES.find((one) => one === code);
    if (known) return t(`mistake.${known}`);
    for (const [text, words] of WORDS) {
      const found = words.exec(message);
      // Which parts a text has is known to the expression beside it alone.
      if (found) return (t as Say)(`refusal.${text}`, { ...found.groups });
    }
    return t('refusal.other', { message });
  };
}
