import { IconBookmark } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useText } from '@/i18n/use-text';
import type { TicketFilterInput } from '@/graphql/generated/graphql';
import { useCommands } from '@/lib/commands';
import type { CountFrom } from './live-count';
import { NavItem } from './nav-item';
import styles from './queue-nav.module.css';

export type NavView = { id: string; name: string; filter: TicketFilterInput; from: CountFrom };

/** The views the viewer keeps or shares, each with how many tickets are in it at this moment. */
export function SavedViewNav({ views }: { views: readonly NavView[] }) {
  const { t } = useText('queues');
  const navigate = useNavigate();
  const group = t('common:command.goTo');
  useCommands(
    views.map(({ id, name }) => ({
      id: `go.${id}`,
      title: name,
      group,
      run: () => void navigate({ to: '/saved/$viewId', params: { viewId: id } }),
    })),
  );
  if (views.length === 0) return null;
  return (
    <>
      <h2 className={styles.heading}>{t('views')}</h2>
      <ul className={styles.list}>
        {views.map(({ id, name, filter, from }) => (
          <NavItem
            key={id + JSON.stringify(filter)}
            link={{ to: '/saved/$viewId', params: { viewId: id } }}
            icon={<IconBookmark size={16} />}
            name={name}
            filter={filter}
            from={from}
          />
        ))}
      </ul>
    </>
  );
}
