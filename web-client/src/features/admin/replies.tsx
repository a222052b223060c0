import { Button } from '@mantine/core';
import { useState } from 'react';
import { useQuery } from 'urql';
import { useText } from '@/i18n/use-text';
import { RecordList, RecordTable } from '@/components/records';
import { RowMenu } from '@/components/row-menu';
import { SectionHead } from '@/components/section';
import { codeOf } from '@/graphql/errors';
import { graphql, unmask } from '@/graphql/generated';
import type { AdminReply_replyFragment } from '@/graphql/generated/graphql';
import { ReplyActiveDialog, ReplyDialog } from './reply-dialogs';
import styles from './admin.module.css';

const ReplyFields = graphql(`
  fragment AdminReply_reply on CannedReply {
    id
    name
    body
    active
    updatedAt
    queue {
      id
      name
    }
  }
`);

const CannedRepliesDocument = graphql(`
  query CannedReplies {
    cannedReplies(includeInactive: true) {
      id
      ...AdminReply_reply
    }
    queues {
      id
      name
      viewerRight
    }
  }
`);

export type AdminReply = AdminReply_replyFragment;
type Open = { what: 'create' } | { what: 'edit' | 'active'; reply: AdminReply };

/** Texts that are ready to be sent, for one queue or for all. */
export function Replies({ isAdmin }: { isAdmin: boolean }) {
  const { t } = useText('admin');
  const [{ data, error }, again] = useQuery({
    query: CannedRepliesDocument,
    requestPolicy: 'cache-and-network',
  });
  const [open, setOpen] = useState<Open | null>(null);
  const replies = data && unmask(ReplyFields, data.cannedReplies);
  const queues = (data?.queues ?? []).filter(({ viewerRight }) => isAdmin || viewerRight === 'MANAGE');
  const mayChange = (reply: AdminReply) => isAdmin || queues.some(({ id }) => id === reply.queue?.id);
  const close = () => setOpen(null);
  return (
    <>
      <SectionHead title={t('section.replies')} text={t('replies.text')}>
        <Button size="xs" onClick={() => setOpen({ what: 'create' })}>
          {t('replies.create')}
        </Button>
      </SectionHead>
      <RecordList
        rows={replies}
        failure={codeOf(error)}
        onRetry={() => again({ requestPolicy: 'network-only' })}
        empty={{ title: t('replies.none'), text: t('replies.noneText') }}
      >
        <RecordTable
          label={t('section.replies')}
          rows={replies ?? []}
          isFaint={(reply) => !reply.active}
          columns={[
            { id: 'name', heading: t('field.name'), cell: (reply) => reply.name },
            {
              id: 'body',
              heading: t('replies.body'),
              isOptional: true,
              cell: (reply) => <span className={styles.clip}>{reply.body}</span>,
            },
            {
              id: 'queue',
              heading: t('replies.queue'),
              cell: (reply) => reply.queue?.name ?? t('replies.all'),
            },
            {
              id: 'state',
              heading: t('field.state'),
              cell: (reply) => (reply.active ? t('state.active') : t('state.retired')),
            },
            {
              id: 'actions',
              heading: t('field.actions'),
              isHeadingHidden: true,
              align: 'right',
              cell: (reply) =>
                mayChange(reply) ? (
                  <RowMenu
                    name={reply.name}
                    actions={[
                      { label: t('edit'), run: () => setOpen({ what: 'edit', reply }) },
                      {
                        label: reply.active ? t('retire') : t('revive'),
                        run: () => setOpen({ what: 'active', reply }),
                        isDangerous: reply.active,
                      },
                    ]}
                  />
                ) : null,
            },
          ]}
        />
      </RecordList>
      {open?.what === 'create' ? (
        <ReplyDialog reply={null} queues={queues} isAdmin={isAdmin} onClose={close} />
      ) : null}
      {open?.what === 'edit' ? (
        <ReplyDialog reply={open.reply} queues={queues} isAdmin={isAdmin} onClose={close} />
      ) : null}
      {open?.what === 'active' ? <ReplyActiveDialog reply={open.reply} onClose={close} /> : null}
    </>
  );
}
