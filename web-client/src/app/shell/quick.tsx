import { ActionIcon, Tooltip } from '@mantine/core';
import { IconPencilPlus } from '@tabler/icons-react';
import { Link, useNavigate } from '@tanstack/react-router';
import { useQuery } from 'urql';
import { useText } from '@/i18n/use-text';
import { QueuesDocument } from '@/features/queues/queue-nav';
import { useViewer } from '@/features/session/session-context';
import { useCommands } from '@/lib/commands';

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
  if (!mayCreate) return null;
  return (
    <Tooltip label={t('newTicket')}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size={30}
        aria-label={t('newTicket')}
        renderRoot={(props) => <Link to="/tickets/new" {...props} />}
      >
        <IconPencilPlus size={17} aria-hidden />
      </ActionIcon>
    </Tooltip>
  );
}

/** Staff with the right to reply in some queue; the sidebar reads the queues. */
function useMayCreate(): boolean {
  const { role } = useViewer();
  const [{ data }] = useQuery({ query: QueuesDocument, requestPolicy: 'cache-only' });
  const queues = data?.queues ?? [];
  return queues.some(
    ({ viewerRight }) => role === 'ADMIN' || viewerRight === 'REPLY' || viewerRight === 'MANAGE',
  );
}
