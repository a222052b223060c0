import { useMemo } from 'react';
import { useText } from '@/i18n/use-text';
import type { TicketPriority, TicketStatus } from '@/graphql/generated/graphql';

/** The texts of a row, which are the same for all rows. */
export type RowWords = {
  status: Record<TicketStatus, string>;
  priority: Record<TicketPriority, string>;
  nobody: string;
  left: string;
  unread: string;
  updated: string;
  select: (number: number | undefined) => string;
};

/** Looked up once for all rows: hundreds are made in a second when a long list is scrolled through. */
export function useRowWords(): RowWords {
  const { t } = useText('tickets');
  return useMemo(
    () => ({
      status: {
        OPEN: t('common:status.OPEN'),
        PENDING: t('common:status.PENDING'),
        SOLVED: t('common:status.SOLVED'),
        CLOSED: t('common:status.CLOSED'),
      },
      priority: {
        URGENT: t('common:priority.URGENT'),
        HIGH: t('common:priority.HIGH'),
        NORMAL: t('common:priority.NORMAL'),
        LOW: t('common:priority.LOW'),
      },
      nobody: t('row.nobody'),
      left: t('row.left'),
      unread: t('row.unread'),
      updated: t('row.updated'),
      select: (number) => t('row.select', { number: number ?? '' }),
    }),
    [t],
  );
}
