import { Button } from '@mantine/core';
import { useState } from 'react';
import { useQuery } from 'urql';
import { useText } from '@/i18n/use-text';
import { RecordList, RecordTable } from '@/components/records';
import { RowMenu, type RowAction } from '@/components/row-menu';
import { SectionHead } from '@/components/section';
import { codeOf } from '@/graphql/errors';
import { graphql, unmask } from '@/graphql/generated';
import type { AdminQueue_queueFragment } from '@/graphql/generated/graphql';
import { useFormats } from '@/lib/time';
import { AutoApplyDialog } from './auto-apply-dialog';
import { MembersDialog } from './members-dialog';
import { QueueDialog } from './queue-dialog';
import styles from './admin.module.css';

const QueueFields = graphql(`
  fragment AdminQueue_queue on Queue {
    id
    name
    description
    isDefault
    viewerRight
    autoApply {
      kind
      threshold
    }
    members {
      right
      user {
        id
        name
      }
    }
  }
`);

const AdminQueuesDocument = graphql(`
  query AdminQueues {
    queues {
      id
      ...AdminQueue_queue
    }
  }
`);

export type AdminQueue = AdminQueue_queueFragment;
type Open = { what: 'create' } | { what: 'edit' | 'members' | 'auto'; id: string };

/** Where tickets wait, who works on them, and what the desk does there by itself. */
export function Queues({ isAdmin }: { isAdmin: boolean }) {
  const { t } = useText('admin');
  const formats = useFormats();
  const [{ data, error }, again] = useQuery({
    query: AdminQueuesDocument,
    requestPolicy: 'cache-and-network',
  });
  const [open, setOpen] = useState<Open | null>(null);
  const queues = data && unmask(QueueFields, data.queues);
  const opened = open && 'id' in open ? queues?.find(({ id }) => id === open.id) : undefined;
  const close = () => setOpen(null);
  const actionsOf = (queue: AdminQueue): RowAction[] => [
    ...(isAdmin ? [{ label: t('edit'), run: () => setOpen({ what: 'edit', id: queue.id }) }] : []),
    ...(isAdmin || queue.viewerRight === 'MANAGE'
      ? [
          { label: t('queues.members'), run: () => setOpen({ what: 'members', id: queue.id }) },
          { label: t('queues.autoApply'), run: () => setOpen({ what: 'auto', id: queue.id }) },
        ]
      : []),
  ];
  return (
    <>
      <SectionHead title={t('section.queues')} text={t('queues.text')}>
        {isAdmin ? (
          <Button size="xs" onClick={() => setOpen({ what: 'create' })}>
            {t('queues.create')}
          </Button>
        ) : null}
      </SectionHead>
      <RecordList
        rows={queues}
        failure={codeOf(error)}
        onRetry={() => again({ requestPolicy: 'network-only' })}
        empty={{ title: t('queues.none'), text: t('queues.noneText') }}
      >
        <RecordTable
          label={t('section.queues')}
          rows={queues ?? []}
          columns={[
            {
              id: 'name',
              heading: t('field.name'),
              cell: (queue) => (
                <>
                  {queue.name}
                  {queue.isDefault ? <span className={styles.faint}> · {t('queues.default')}</span> : null}
                </>
              ),
            },
            {
              id: 'description',
              heading: t('field.description'),
              isOptional: true,
              cell: (queue) => <span className={styles.clip}>{queue.description}</span>,
            },
            {
              id: 'members',
              heading: t('queues.members'),
              align: 'right',
              cell: (queue) => formats.number(queue.members.length),
            },
            {
              id: 'auto',
              heading: t('queues.autoApply'),
              isOptional: true,
              cell: (queue) =>
                queue.autoApply
                  .map(({ kind, threshold }) =>
                    t('queues.from', { kind: t(`kind.${kind}`), share: formats.percent(threshold) }),
                  )
                  .join(', ') || <span className={styles.faint}>{t('queues.never')}</span>,
            },
            {
              id: 'actions',
              heading: t('field.actions'),
              isHeadingHidden: true,
              align: 'right',
              cell: (queue) => <RowMenu name={queue.name} actions={actionsOf(queue)} />,
            },
          ]}
        />
      </RecordList>
      {open?.what === 'create' ? <QueueDialog queue={null} onClose={close} /> : null}
      {open?.what === 'edit' && opened ? <QueueDialog queue={opened} onClose={close} /> : null}
      {open?.what === 'members' && opened ? <MembersDialog queue={opened} onClose={close} /> : null}
      {open?.what === 'auto' && opened ? <AutoApplyDialog queue={opened} onClose={close} /> : null}
    </>
  );
}
