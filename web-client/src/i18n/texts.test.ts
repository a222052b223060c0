import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';

const source = join(import.meta.dirname, '..');
const sources = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.tsx?$/.test(path) && !/\.test\.tsx?$|generated/.test(path))
  .map((path) => readFileSync(join(source, path), 'utf8'));

const en = textsOf('en');
const de = textsOf('de');

/** All texts of a language, by feature. */
function textsOf(language: string): Record<string, object> {
  const folder = join(import.meta.dirname, language);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.json'),
  );
  return Object.fromEntries(
    files.map((file) => [
      basename(file, '.json'),
      JSON.parse(readFileSync(join(folder, file), 'utf8')) as object,
    ]),
  );
}

/** Every text with its feature: `tickets:row.nobody`. Plural forms count as one. */
function keysOf(texts: object): string[] {
  return Object.entries(texts).flatMap(([feature, keys]) =>
    leaves(keys as object).map((key) => `${feature}:${key}`),
  );
}

function leaves(keys: object, prefix = ''): string[] {
  return Object.entries(keys).flatMap(([key, value]) =>
    typeof value === 'string' ? [prefix + key] : leaves(value as object, `${prefix}${key}.`),
  );
}

const plain = (key: string) => key.replace(/_(zero|one|two|few|many|other)$/, '');

test('every language has the same texts', () => {
  expect(keysOf(de).sort()).toEqual(keysOf(en).sort());
});

test('every language fills in the same values', () => {
  const values = (texts: object) =>
    Object.fromEntries(
      Object.entries(texts).flatMap(([feature, keys]) =>
        leaves(keys as object).map((key) => {
          const text = key
            .split('.')
            .reduce<unknown>((at, part) => (at as Record<string, unknown>)[part], keys);
          const names = [...String(text).matchAll(/\{\{(\w+)\}\}|<(\w)>/g)].map(
            (match) => match[1] ?? match[2],
          );
          return [`${feature}:${key}`, [...new Set(names)].sort()];
        }),
      ),
    );
  expect(values(de)).toEqual(values(en));
});

test('every text is used somewhere', () => {
  const unused = [...new Set(keysOf(en).map(plain))].filter((key) => !isUsed(key));
  expect(unused).toEqual([]);
});

/**
 * A key is used where it stands in quotes, whole or with its feature, or where a template such as `status.${status}`
 * makes it, in a file that uses texts of the feature.
 */
function isUsed(key: string): boolean {
  const [feature = '', name = ''] = key.split(':');
  return sources.some((text) => {
    const mentions =
      text.includes(`useText('${feature}')`) || text.includes(`'${feature}'`) || text.includes(`${feature}:`);
    return mentions && (isIn(text, name) || isIn(text, key));
  });
}

function isIn(text: string, key: string): boolean {
  if (text.includes(`'${key}'`) || text.includes(`"${key}"`)) return true;
  return templates(text).some((pattern) => pattern.test(key));
}

const known = new Map<string, RegExp[]>();

function templates(text: string): RegExp[] {
  const found =
    known.get(text) ??
    [...text.matchAll(/`([\w:-]*(?:\.?[\w-]*|\$\{[^`}]*\})*)`/g)]
      .map((match) => match[1] ?? '')
      .filter((template) => /^[\w:]+\.\$\{|^\$\{[^}]*\}\.\w|\w\.[\w.]*\$\{/.test(template))
      .map(
        (template) => new RegExp(`^${template.replace(/[.]/g, '\\.').replace(/\$\{[^}]*\}/g, '[\\w.-]+')}$`),
      );
  known.set(text, found);
  return found;
}
