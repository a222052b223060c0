import { useNavigate } from '@tanstack/react-router';
import { useText } from '@/i18n/use-text';
import { useCommandSource } from '@/lib/commands';

/** Lets the palette go on to the search page with what was typed. */
export function useSearchSource(): void {
  const { t } = useText('common');
  const navigate = useNavigate();
  useCommandSource((typed) => {
    const query = typed.slice(0, 200);
    const command = {
      id: 'search.all',
      title: t('command.searchFor', { query }),
      group: t('command.search'),
      run: () => void navigate({ to: '/search', search: { q: query } }),
    };
    return Promise.resolve([command]);
  });
}
