import { ActionIcon } from '@mantine/core';
import { IconPencilPlus } from '@tabler/icons-react';
import { Link, useNavigate } from '@tanstack/react-router';
import { useText } from '@/i18n/use-text';
import { Bell } from '@/features/notifications/bell';
import { useCommands } from '@/lib/commands';
import { useMayCreate } from './may-create';

/** What is wanted on every page. */
export function Quick() {
  const { t } = useText('common');
  const navigate = useNavigate();
  const mayCreate = useMayCreate();
  useCommands([
    {
      id: 'app.newTicket',
      title: t('newTicket'),
      group: t('command.general'),
      shortcut: 'n',
      enabled: mayCreate,
      run: () => void navigate({ to: '/tickets/new' }),
    },
  ]);
  return (
    <>
      <Bell />
      {mayCreate ? (
        <ActionIcon
          variant="subtle"
          color="gray"
          size={30}
          aria-label={t('newTicket')}
          title={t('newTicket')}
          renderRoot={(props) => <Link to="/tickets/new" {...props} />}
        >
          <IconPencilPlus size={17} aria-hidden />
        </ActionIcon>
      ) : null}
    </>
  );
}
