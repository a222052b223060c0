import {
  convertCssVariables,
  DEFAULT_THEME,
  defaultCssVariablesResolver,
  mergeMantineTheme,
  type ConvertCSSVariablesInput,
} from '@mantine/core';
import type { Plugin } from 'vite';
import { cssVariables, theme } from '../src/app/theme.ts';

const id = 'virtual:theme-variables.css';

/** The theme's variables as a file of styles, which Mantine would otherwise make anew in each browser on each visit. */
export function themeVariables(): Plugin {
  return {
    name: 'deskwire-theme-variables',
    resolveId: (asked) => (asked === id ? id : undefined),
    load: (asked) => (asked === id ? themeCss() : undefined),
  };
}

/** Variables of the theme that are not Mantine's own already. */
export function themeCss(): string {
  const full = mergeMantineTheme(DEFAULT_THEME, theme);
  const usual = defaultCssVariablesResolver(DEFAULT_THEME);
  const made = defaultCssVariablesResolver(full);
  const own = cssVariables(full);
  const differing = (part: keyof ConvertCSSVariablesInput) =>
    Object.fromEntries(
      Object.entries({ ...made[part], ...own[part] }).filter(
        ([name, value]) => (usual[part] as Record<string, string>)[name] !== value,
      ),
    );
  return convertCssVariables(
    { variables: differing('variables'), light: differing('light'), dark: differing('dark') },
    ':root',
  );
}
