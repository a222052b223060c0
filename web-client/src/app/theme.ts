import {
  Button,
  createTheme,
  localStorageColorSchemeManager,
  type CSSVariablesResolver,
} from '@mantine/core';

/** Eight pixels are the measure of everything; 13 px is the size of text in tables, 14 px in conversations. */
export const theme = createTheme({
  primaryColor: 'accent',
  primaryShade: { light: 7, dark: 6 },
  colors: {
    accent: [
      '#eef4fb',
      '#dbe7f5',
      '#b5cdea',
      '#8cb2df',
      '#6a9bd5',
      '#5489c9',
      '#2d67ab',
      '#245a9a',
      '#1e4c82',
      '#183e6b',
    ],
  },
  defaultRadius: 6,
  fontFamily: 'inherit',
  fontSizes: { xs: '12px', sm: '13px', md: '13px', lg: '14px', xl: '16px' },
  headings: { fontFamily: 'inherit', fontWeight: '600' },
  focusRing: 'auto',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    Button: Button.extend({ styles: { label: { fontWeight: 500 } } }),
  },
});

/** Mantine's own colours, where they are not ours already. */
export const cssVariables: CSSVariablesResolver = () => {
  const both = {
    '--mantine-color-body': 'var(--ground)',
    '--mantine-color-text': 'var(--text)',
    '--mantine-color-dimmed': 'var(--text-dim)',
    '--mantine-color-placeholder': 'var(--text-faint)',
    '--mantine-color-default': 'var(--raised)',
    '--mantine-color-default-hover': 'var(--hover)',
    '--mantine-color-default-border': 'var(--line-strong)',
    '--mantine-color-error': 'var(--danger)',
    '--mantine-color-anchor': 'var(--accent)',
  };
  return { variables: {}, light: both, dark: both };
};

/** The same key that theme.js reads before anything is painted. */
export const colorSchemes = localStorageColorSchemeManager({ key: 'deskwire.theme' });
