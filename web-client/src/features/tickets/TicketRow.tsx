import type { CSSProperties } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';

import { graphql } from '../../graphql/generated';
import type { TicketRowFragment as Fields } from '../../graphql/generated/graphql';
import { fullTime, relativeTime } from '../../lib/time';

export const TicketRowFragment = graphql(`
  fragment TicketRow on Ticket {
    id
    number
    subject
    status
    priority
    createdAt
    requester {
      id
      name
    }
    assignee {
      id
      name
    }
    category {
      id
      name
    }
  }
`);

interface Props {
  row: Fields;
  isPicked: boolean;
  style: CSSProperties;
}

export function TicketRow({ row, isPicked, style }: Props) {
  const { t, i18n } = useTranslation();
  return (
    <Link
      className="row"
      to={`/tickets/${row.number}`}
      style={style}
      data-picked={isPicked || undefined}
      tabIndex={-1}
      aria-current={isPicked || undefined}
    >
      <span className="quiet">{row.number}</span>
      <span className="subject">{row.subject}</span>
      <span className="wide">{row.requester?.name}</span>
      <span className="wide quiet">{row.assignee?.name ?? t('list.nobody')}</span>
      <span>{t(`status.${row.status}`)}</span>
      <span className="wide">{t(`priority.${row.priority}`)}</span>
      <span className="wide quiet">{row.category?.name}</span>
      <time
        className="age quiet"
        dateTime={row.createdAt}
        title={fullTime(row.createdAt, i18n.language)}
      >
        {relativeTime(row.createdAt, i18n.language)}
      </time>
    </Link>
  );
}
