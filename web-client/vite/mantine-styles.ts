import type { Plugin } from 'vite';

const all = '@mantine/core/styles.css';
const base = ['baseline', 'default-css-variables', 'global'];
const classes = /@mantine\/core\/esm\/.*\/(\w+)\.module\.mjs$/;

/**
 * Mantine's styles by component, each with the page that uses it.
 *
 * The first page needs a fifth of them. In a build the import of all styles becomes one of those that every page needs,
 * and each component brings its own.
 */
export function mantineStyles(): Plugin {
  let found = 0;
  return {
    name: 'deskwire-mantine-styles',
    apply: 'build',
    enforce: 'pre',
    resolveId: (id) => (id === all ? `\0${all}.js` : undefined),
    load: (id) =>
      id === `\0${all}.js`
        ? base.map((name) => `import '@mantine/core/styles/${name}.css';`).join('\n')
        : undefined,
    transform(code, id) {
      const name = classes.exec(id)?.[1];
      if (name === undefined) return undefined;
      found += 1;
      return {
        code: `import '@mantine/core/styles/${name}.css';\n${code}`,
        map: null,
        moduleSideEffects: true,
      };
    },
    buildEnd() {
      // Or the console would be built without a word, and without styles.
      if (found === 0) this.error(`No component of Mantine matches ${classes}: its files are laid out anew.`);
    },
  };
}
