import { Button, Group, Modal, Table, Text } from '@mantine/core';
import { useText } from '@/i18n/use-text';
import { useFormats, useNow } from '@/lib/time';
import type { Edit } from './edit-ticket';
import type { Conflict, Editing, Properties } from './use-edit-ticket';

type Field = Edit['field'];
const FIELDS: readonly Field[] = ['subject', 'status', 'priority', 'category', 'assignee', 'queue', 'tags'];

type Props = Pick<Editing, 'conflict' | 'keep' | 'take'> & { nameOf: (id: string) => string | undefined };

/** Somebody was quicker: what they changed, and whether the own change is to be made all the same. */
export function ConflictDialog({ conflict, keep, take, nameOf }: Props) {
  const { t } = useText('tickets');
  return (
    <Modal
      opened={conflict !== null}
      onClose={keep}
      title={t('conflict.title')}
      closeButtonProps={{ 'aria-label': t('common:close') }}
    >
      {conflict ? <Content conflict={conflict} keep={keep} take={take} nameOf={nameOf} /> : null}
    </Modal>
  );
}

type ContentProps = Omit<Props, 'conflict'> & { conflict: Conflict };

function Content({ conflict, keep, take, nameOf }: ContentProps) {
  const { t } = useText('tickets');
  const formats = useFormats();
  const now = useNow();
  const value = useValue();
  const { seen, current, edit } = conflict;
  const name = conflict.changedBy ?? t('edit.theDesk');
  const changed = FIELDS.filter((field) => value(field, seen) !== value(field, current));
  return (
    <>
      <Text size="sm" mb="sm">
        {conflict.changedAt
          ? t('conflict.text', { name, ago: formats.ago(conflict.changedAt, now) })
          : t('conflict.textNow', { name })}
      </Text>
      {changed.length > 0 ? (
        <Table withRowBorders={false} mb="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('conflict.field')}</Table.Th>
              <Table.Th>{t('conflict.before')}</Table.Th>
              <Table.Th>{t('conflict.now')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {changed.map((field) => (
              <Table.Tr key={field}>
                <Table.Td>{t(`column.${field}`)}</Table.Td>
                <Table.Td>{value(field, seen)}</Table.Td>
                <Table.Td fw={600}>{value(field, current)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      ) : (
        <Text size="sm" mb="sm">
          {t('conflict.message')}
        </Text>
      )}
      <Text size="sm" mb="md">
        {t('conflict.yours', { field: t(`column.${edit.field}`), value: wanted(edit) })}
      </Text>
      <Group justify="flex-end" gap="xs">
        <Button variant="default" size="xs" onClick={() => void take()}>
          {t('conflict.take')}
        </Button>
        <Button size="xs" data-autofocus onClick={keep}>
          {t('conflict.keep')}
        </Button>
      </Group>
    </>
  );

  function wanted(own: Edit): string {
    switch (own.field) {
      case 'status':
        return t(`common:status.${own.value}`);
      case 'priority':
        return t(`common:priority.${own.value}`);
      case 'tags':
        return [...own.add.map((tag) => `+${tag}`), ...own.remove.map((tag) => `−${tag}`)].join(', ');
      case 'subject':
        return own.value;
      default:
        return own.value === null ? t('edit.none') : (nameOf(own.value) ?? '');
    }
  }
}

/** A property in words. */
function useValue(): (field: Field, ticket: Properties) => string {
  const { t } = useText('tickets');
  return (field, ticket) => {
    switch (field) {
      case 'subject':
        return ticket.subject;
      case 'status':
        return t(`common:status.${ticket.status}`);
      case 'priority':
        return t(`common:priority.${ticket.priority}`);
      case 'category':
        return ticket.category?.name ?? t('edit.none');
      case 'assignee':
        return ticket.assignee?.name ?? t('row.nobody');
      case 'queue':
        return ticket.queue?.name ?? t('edit.none');
      case 'tags':
        return ticket.tags.map((tag) => tag.name).join(', ') || t('edit.none');
    }
  };
}
