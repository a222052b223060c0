import js from '@eslint/js';
import a11y from 'eslint-plugin-jsx-a11y';
import hooks from 'eslint-plugin-react-hooks';
import globals from 'globals';
import ts from 'typescript-eslint';

// Imports flow lib, graphql, components → features → app; features do not import each other.
const layers = (names) => ({
  'no-restricted-imports': [
    'error',
    {
      patterns: names.map((name) => ({
        group: [`@/${name}`, `@/${name}/**`],
        message: 'Imports flow lib, graphql, components → features → app.',
      })),
    },
  ],
});

const ACTING = ['onClick', 'onMouseDown', 'onKeyDown'];

export default ts.config(
  { ignores: ['dist', 'src/graphql/generated'] },
  js.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [...ts.configs.strictTypeChecked, ...ts.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-definitions': ['error', 'type'],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // Event handlers of React may be async; what they throw is caught where they await.
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      // The router tells by throwing what is not there.
      '@typescript-eslint/only-throw-error': 'off',
    },
  },
  {
    files: ['src/**/*.{ts,tsx}'],
    extends: [a11y.flatConfigs.strict, hooks.configs.flat['recommended-latest']],
    languageOptions: { globals: globals.browser },
    rules: {
      // About the compiler, which is not used.
      'react-hooks/incompatible-library': 'off',
      // Where the pointer or the focus is may be looked at anywhere; only what acts has to be a control.
      'jsx-a11y/no-noninteractive-element-interactions': ['error', { handlers: ACTING }],
      'jsx-a11y/no-static-element-interactions': ['error', { handlers: ACTING }],
    },
  },
  {
    // Stand-ins for what browsers have.
    files: ['src/testing/setup.ts'],
    rules: {
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  { files: ['src/{lib,graphql,components,i18n}/**'], rules: layers(['features', 'app']) },
  { files: ['src/features/**'], rules: layers(['features', 'app']) },
  { files: ['*.js', 'scripts/*.js'], languageOptions: { globals: globals.node } },
  { files: ['public/*.js'], languageOptions: { sourceType: 'script', globals: globals.browser } },
);
