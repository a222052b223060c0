import { ActionIcon, Button, Modal, NativeSelect } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { useText } from '@/i18n/use-text';
import { Avatar } from '@/components/marks';
import { useMistakeText } from '@/components/mistakes';
import { errorKey } from '@/components/state';
import { graphql } from '@/graphql/generated';
import type { QueueRight } from '@/graphql/generated/graphql';
import { useChange } from '@/graphql/use-change';
import type { AdminQueue } from './queues';
import { StaffSelect } from './staff-select';
import styles from './admin.module.css';

const SetMembershipDocument = graphql(`
  mutation SetQueueMembership($input: SetQueueMembershipInput!) {
    setQueueMembership(input: $input) {
      queue {
        ...AdminQueue_queue
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

const RIGHTS: readonly QueueRight[] = ['READ', 'REPLY', 'MANAGE'];

/** Who works in a queue, and what they may do there; every change counts at once. */
export function MembersDialog({ queue, onClose }: { queue: AdminQueue; onClose: () => void }) {
  const { t } = useText('admin');
  const textOf = useMistakeText();
  const change = useChange(SetMembershipDocument);
  const [added, setAdded] = useState('');
  const [right, setRight] = useState<QueueRight>('REPLY');
  const give = (userId: string, wanted: QueueRight | null) =>
    change.send({ input: { queueId: queue.id, userId, right: wanted } });
  const add = async () => {
    if (await give(added, right)) setAdded('');
  };
  const members = queue.members
    .flatMap(({ user, right: has }) => (user ? [{ user, has }] : []))
    .sort((a, b) => a.user.name.localeCompare(b.user.name));
  const rights = RIGHTS.map((one) => ({ value: one, label: t(`right.${one}`) }));
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('queues.membersTitle', { name: queue.name })}
      closeButtonProps={{ 'aria-label': t('common:close') }}
    >
      <div className={styles.stack}>
        {members.length === 0 ? <p className={styles.dim}>{t('queues.noMembers')}</p> : null}
        <ul className={styles.members} aria-label={t('queues.members')}>
          {members.map(({ user, has }) => (
            <li key={user.id}>
              <Avatar name={user.name} />
              <span>{user.name}</span>
              <NativeSelect
                size="xs"
                aria-label={t('queues.rightOf', { name: user.name })}
                value={has}
                disabled={change.isSending}
                data={rights}
                onChange={(event) => void give(user.id, event.currentTarget.value as QueueRight)}
              />
              <ActionIcon
                variant="subtle"
                color="gray"
                size="sm"
                aria-label={t('queues.remove', { name: user.name })}
                disabled={change.isSending}
                onClick={() => void give(user.id, null)}
              >
                <IconX size={14} aria-hidden />
              </ActionIcon>
            </li>
          ))}
        </ul>
        <div className={styles.add}>
          <StaffSelect
            label={t('queues.newMember')}
            first={t('queues.choose')}
            value={added}
            without={members.map(({ user }) => user.id)}
            onChange={setAdded}
          />
          <NativeSelect
            label={t('queues.right')}
            value={right}
            data={rights}
            onChange={(event) => setRight(event.currentTarget.value as QueueRight)}
          />
          <Button
            size="sm"
            variant="default"
            disabled={added === ''}
            loading={change.isSending}
            onClick={add}
          >
            {t('queues.add')}
          </Button>
        </div>
        {change.failure === null && change.mistakes.length === 0 ? null : (
          <p role="alert" className={styles.problem}>
            {change.failure === null
              ? change.mistakes.map(textOf).join(' ')
              : t(`common:${errorKey(change.failure)}`)}
          </p>
        )}
      </div>
    </Modal>
  );
}
