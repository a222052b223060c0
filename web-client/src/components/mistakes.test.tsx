import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { renderPart, screen } from '@/testing/render';
import { speak } from '@/i18n/i18n';
import { useTranslation } from 'react-i18next';
import { useEffect } from 'react';
import { useMistakeText, WORDS } from './mistakes';

function Mistake({ code, message, language }: { code: string; message: string; language: 'en' | 'de' }) {
  const { i18n } = useTranslation();
  useEffect(() => void speak(i18n, language), [i18n, language]);
  return <p>{useMistakeText()({ code, message })}</p>;
}

test.each([
  ['INVALID', 'must not be empty', 'Must not be empty.', 'Darf nicht leer sein.'],
  [
    'INVALID',
    'must have at most 120 characters, got 130',
    'Must have at most 120 characters; there are 130.',
    'Höchstens 120 Zeichen; es sind 130.',
  ],
  ['INVALID', 'must be 1 to 99, got 100', 'Must be 1 to 99.', 'Muss zwischen 1 und 99 liegen.'],
  ['INVALID', 'no such queue', 'There is nothing of this kind any more.', 'Das gibt es nicht mehr.'],
  [
    'NEEDS_OVERRIDE',
    'the validation found this version worse than the champion; validate it again, or give overrideReason',
    'The validation found this version worse than the champion.',
    'Die Prüfung fand diese Version schlechter als die jetzige.',
  ],
  ['IN_USE', 'the queue has tickets', 'It is still in use.', 'Es wird noch benutzt.'],
  // What is not known is shown as the desk says it, never left out.
  ['INVALID', 'is odd', 'is odd', 'Das nimmt der Desk nicht an: is odd'],
])('%s “%s” is said in the language of the page', async (code, message, english, german) => {
  const { rerender } = await renderPart(<Mistake code={code} message={message} language="en" />);
  expect(await screen.findByText(english)).toBeVisible();
  rerender(<Mistake code={code} message={message} language="de" />);
  expect(await screen.findByText(german)).toBeVisible();
});

test('every text stands for something that the desk says', () => {
  const sources = readdirSync('../domain/src', { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.rs'),
  );
  const literals = sources.flatMap(
    (name) => readFileSync(`../domain/src/${name}`, 'utf8').match(/"[^"\n]+"/g) ?? [],
  );
  // With something in place of each part that is filled in.
  const said = literals.map((literal) => literal.slice(1, -1).replaceAll(/\{[^}]*\}/g, '7'));
  const unknown = WORDS.filter(([, words]) => !said.some((one) => words.test(one)));
  expect(unknown.map(([text]) => text)).toEqual([]);
});
