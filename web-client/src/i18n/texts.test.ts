import { expect, test } from 'vitest';

import de from './de.json';
import en from './en.json';

const keys = (texts: object, before = ''): string[] =>
  Object.entries(texts).flatMap(([key, value]) =>
    typeof value === 'object' ? keys(value as object, `${before}${key}.`) : [before + key],
  );

test('every language says the same things', () => {
  expect(keys(de)).toEqual(keys(en));
});
