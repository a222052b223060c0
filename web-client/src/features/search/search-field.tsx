import { TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { useText } from '@/i18n/use-text';
import { useCommands } from '@/lib/commands';

const PAUSE_MS = 300;

/** Words to search for; asked when typing pauses, or at once with Enter. */
export function SearchField({ query, onQuery }: { query: string; onQuery: (query: string) => void }) {
  const { t } = useText('search');
  const [typed, setTyped] = useState(query);
  const [from, setFrom] = useState(query);
  const field = useRef<HTMLInputElement>(null);
  // The address changed by itself: a link, or the way back.
  if (from !== query) {
    setFrom(query);
    if (typed.trim() !== query) setTyped(query);
  }
  useEffect(() => {
    if (typed.trim() === query) return undefined;
    const timer = setTimeout(() => onQuery(typed.trim()), PAUSE_MS);
    return () => clearTimeout(timer);
  });
  useEffect(() => field.current?.focus(), []);
  useCommands([
    {
      id: 'go.search',
      title: t('command.field'),
      group: t('command.group'),
      shortcut: '/',
      run: () => field.current?.select(),
    },
  ]);
  return (
    <TextInput
      ref={field}
      type="search"
      size="sm"
      value={typed}
      maxLength={200}
      aria-label={t('field')}
      placeholder={t('placeholder')}
      leftSection={<IconSearch size={15} aria-hidden />}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === 'Enter') onQuery(typed.trim());
        else if (event.key === 'Escape') event.currentTarget.blur();
      }}
    />
  );
}
