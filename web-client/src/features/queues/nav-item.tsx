import { Link, type LinkProps } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useText } from '@/i18n/use-text';
import type { TicketFilterInput } from '@/graphql/generated/graphql';
import { useFormats } from '@/lib/time';
import { useLiveCount, type CountFrom } from './live-count';
import styles from './queue-nav.module.css';

type Props = {
  link: LinkProps;
  icon: ReactNode;
  name: string;
  filter: TicketFilterInput;
  from: CountFrom;
};

/** A list in the sidebar, with how many tickets are in it now. */
export function NavItem({ link, icon, name, filter, from }: Props) {
  const { t } = useText('queues');
  const formats = useFormats();
  const count = useLiveCount(filter, from);
  return (
    <li>
      <Link
        {...link}
        className={styles.item}
        activeOptions={{ exact: true, includeSearch: false }}
        activeProps={{ 'aria-current': 'page' }}
      >
        <span className={styles.icon} aria-hidden>
          {icon}
        </span>
        <span className={styles.name}>{name}</span>
        {count !== null && count > 0 ? (
          <span className={styles.count}>
            {formats.number(count)}
            <span className="visually-hidden"> {t('open', { count })}</span>
          </span>
        ) : null}
      </Link>
    </li>
  );
}
