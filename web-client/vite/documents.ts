import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

const generated = fileURLToPath(new URL('../src/graphql/generated/graphql.ts', import.meta.url));
const prefix = 'virtual:document/';
const call = /\bgraphql\(\s*(?:\/\*[^*]*\*\/\s*)?`([^`]*)`\s*,?\s*\)/g;
const heading = /^\s*(query|mutation|subscription|fragment)\s+(\w+)/;

/**
 * Puts each operation into the chunk of the component that states it.
 *
 * `graphql()` looks documents up in a map of all of them, which would bring the operations of every page to the first
 * one. In a build the call becomes an import of that one document.
 */
export function documents(): Plugin {
  let lines = new Map<string, string>();
  return {
    name: 'deskwire-documents',
    apply: 'build',
    enforce: 'pre',
    buildStart() {
      lines = new Map(
        Array.from(
          readFileSync(generated, 'utf8').matchAll(
            /^export const (\w+) = (\{.*\}) as unknown as DocumentNode/gm,
          ),
          (match) => [match[1] ?? '', match[2] ?? ''],
        ),
      );
    },
    resolveId(id) {
      return id.startsWith(prefix) ? `\0${id}` : undefined;
    },
    load(id) {
      if (!id.startsWith(`\0${prefix}`)) return undefined;
      const name = id.slice(prefix.length + 1);
      const document = lines.get(name);
      if (document === undefined) this.error(`There is no document ${name}; run: npm run generate`);
      return { code: `export const ${name} = ${document};`, moduleSideEffects: false };
    },
    transform: {
      filter: { id: { include: /\/src\/.*\.tsx?$/, exclude: /\/generated\// }, code: 'graphql(' },
      handler(code) {
        const { text, names } = withImports(code);
        return names.length === 0 ? undefined : { code: text, map: null };
      },
    },
  };
}

/** The source with calls of `graphql` replaced by imported documents, all on its first line. */
export function withImports(code: string): { text: string; names: string[] } {
  const names: string[] = [];
  const text = code.replace(call, (whole, source: string) => {
    const [, kind, name] = heading.exec(source) ?? [];
    if (kind === undefined || name === undefined) return whole;
    const variable = kind === 'fragment' ? `${name}FragmentDoc` : `${name}Document`;
    names.push(variable);
    // As many lines as before, so that positions in errors stay true.
    return `$${variable}` + '\n'.repeat(whole.split('\n').length - 1);
  });
  const imports = names.map((name) => `import { ${name} as $${name} } from '${prefix}${name}'; `);
  return { text: imports.join('') + text, names };
}
