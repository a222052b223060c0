import { Button } from '@mantine/core';
import { IconBookmarkPlus } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { useText } from '@/i18n/use-text';
import { useViewer } from '@/features/session/session-context';
import { useColumns } from '@/features/tickets/list/columns';
import { keptFilter } from '@/features/tickets/list/saved-view';
import { orderOf, type ListScope, type TicketSearch } from '@/features/tickets/list/search';
import { graphql } from '@/graphql/generated';
import { useChange } from '@/graphql/use-change';
import { useCommands } from '@/lib/commands';

const ViewDialog = lazy(() => import('@/features/tickets/list/view-dialog'));

const CreateSavedView = graphql(`
  mutation CreateSavedView($input: CreateSavedViewInput!) {
    createSavedView(input: $input) {
      savedView {
        id
        ticketCount
        ...SavedView_view
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

/** Keeps the list as it is shown now. */
export function SaveViewButton({ scope, search }: { scope: ListScope; search: TicketSearch }) {
  const { t } = useText('tickets');
  const viewer = useViewer();
  const navigate = useNavigate();
  const { columns } = useColumns();
  const [isOpen, setOpen] = useState(false);
  const { send, ...refused } = useChange(CreateSavedView);
  const open = () => {
    refused.reset();
    setOpen(true);
  };
  useCommands([{ id: 'view.save', title: t('view.save'), group: t('command.group'), run: open }]);
  return (
    <>
      <Button
        size="compact-xs"
        variant="subtle"
        color="gray"
        leftSection={<IconBookmarkPlus size={14} aria-hidden />}
        onClick={open}
      >
        {t('view.save')}
      </Button>
      {isOpen ? (
        <Suspense fallback={null}>
          <ViewDialog
            title={t('view.save')}
            first={{ name: '', sharedWith: 'PRIVATE', queueId: null }}
            isLeading={viewer.role !== 'AGENT'}
            refused={refused}
            onClose={() => setOpen(false)}
            onSave={async (properties) => {
              const done = await send({
                input: {
                  ...properties,
                  filter: keptFilter(scope, search),
                  order: orderOf(search),
                  columns: [...columns],
                },
              });
              const made = done?.createSavedView.savedView;
              if (!made) return;
              setOpen(false);
              void navigate({ to: '/saved/$viewId', params: { viewId: made.id } });
            }}
          />
        </Suspense>
      ) : null}
    </>
  );
}
