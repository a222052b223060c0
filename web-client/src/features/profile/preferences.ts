import { useMantineColorScheme, type MantineColorScheme } from '@mantine/core';
import { useCallback, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';
import { languages, speak, type Language } from '@/i18n/i18n';
import { graphql } from '@/graphql/generated';
import type { ProfileQuery, Theme } from '@/graphql/generated/graphql';
import { setTimeZone } from '@/lib/time';

export const ProfileDocument = graphql(`
  query Profile {
    viewer {
      user {
        id
        name
        email
        role
      }
      preferences {
        locale
        timeZone
        theme
        mutedNotifications
      }
    }
  }
`);

export const UpdateProfile = graphql(`
  mutation UpdateProfile($input: UpdateProfileInput!) {
    updateProfile(input: $input) {
      user {
        id
        name
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

export type Preferences = NonNullable<ProfileQuery['viewer']>['preferences'];

const SCHEMES: Record<Theme, MantineColorScheme> = { LIGHT: 'light', DARK: 'dark', SYSTEM: 'auto' };

export function themeOf(scheme: MantineColorScheme): Theme {
  return scheme === 'light' ? 'LIGHT' : scheme === 'dark' ? 'DARK' : 'SYSTEM';
}

/** Makes the console look and speak as somebody wants it. */
export function useApplyPreferences(): (wanted: Omit<Preferences, 'mutedNotifications'>) => void {
  const { i18n } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const shown = useRef(colorScheme);
  useEffect(() => {
    shown.current = colorScheme;
  }, [colorScheme]);
  return useCallback(
    ({ theme, locale, timeZone }) => {
      // Setting it, even to what it is, has the whole page styled twice.
      if (SCHEMES[theme] !== shown.current) setColorScheme(SCHEMES[theme]);
      setTimeZone(timeZone);
      const language = languageOf(locale);
      if (language && language !== i18n.language) void speak(i18n, language);
    },
    [i18n, setColorScheme],
  );
}

/** Takes over what the desk knows of the viewer's wishes, whichever device they were said on. */
export function useOwnPreferences(): void {
  const [{ data }] = useQuery({ query: ProfileDocument });
  const apply = useApplyPreferences();
  const preferences = data?.viewer?.preferences;
  useEffect(() => {
    if (preferences) apply(preferences);
  }, [apply, preferences]);
}

/** The language of the console that a tag such as `de-AT` asks for. */
export function languageOf(locale: string | null): Language | undefined {
  const short = locale?.slice(0, 2).toLowerCase();
  return (Object.keys(languages) as Language[]).find((one) => one === short);
}
