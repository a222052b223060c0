import { ActionIcon, Button } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconDots, IconPencil, IconTrash } from '@tabler/icons-react';
import { notifications } from '@mantine/notifications';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useQuery } from 'urql';
import { useText } from '@/i18n/use-text';
import { ButtonMenu } from '@/components/button-menu';
import { FormDialog } from '@/components/form-dialog';
import { EmptyState, ErrorState, LoadingState } from '@/components/state';
import { useViewer } from '@/features/session/session-context';
import { COLUMNS, ColumnsScope, columnsOf, useColumnsOf, type Column } from '@/features/tickets/list/columns';
import {
  keptFilter,
  listOfView,
  SavedViewFields,
  SavedViewsDocument,
  type SavedView,
} from '@/features/tickets/list/saved-view';
import { orderOf, type TicketSearch } from '@/features/tickets/list/search';
import ViewDialog from '@/features/tickets/list/view-dialog';
import { codeOf } from '@/graphql/errors';
import { graphql, unmask } from '@/graphql/generated';
import { useChange } from '@/graphql/use-change';
import { useCommands } from '@/lib/commands';
import { PageBar } from '../shell/page-bar';
import { ListOfTickets } from './list-of-tickets';
import { SaveViewButton } from './save-view-button';
import { usePageTitle } from './use-page-title';

const UpdateSavedView = graphql(`
  mutation UpdateSavedView($input: UpdateSavedViewInput!) {
    updateSavedView(input: $input) {
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

const DeleteSavedView = graphql(`
  mutation DeleteSavedView($input: DeleteSavedViewInput!) {
    deleteSavedView(input: $input) {
      deletedId
      errors {
        code
        message
        path
      }
    }
  }
`);

const ReorderSavedViews = graphql(`
  mutation ReorderSavedViews($input: ReorderSavedViewsInput!) {
    reorderSavedViews(input: $input) {
      savedViews {
        id
        position
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

export function SavedViewPage() {
  const { t } = useText('views');
  const { viewId } = useParams({ from: '/staff/saved/$viewId' });
  const [{ data, error, fetching }, again] = useQuery({ query: SavedViewsDocument });
  const found = data?.savedViews.find((one) => one.id === viewId);
  if (!data && error)
    return (
      <ErrorState
        code={codeOf(error) ?? 'INTERNAL'}
        onRetry={() => again({ requestPolicy: 'network-only' })}
      />
    );
  if (!data || (!found && fetching)) return <LoadingState lines={14} />;
  if (!found) return <EmptyState title={t('missing')}>{t('missingText')}</EmptyState>;
  const view = unmask(SavedViewFields, found);
  const own = data.savedViews
    .map((one) => unmask(SavedViewFields, one))
    .filter(({ owner }) => owner?.id === view.owner?.id);
  return <View key={view.id} view={view} own={own.map(({ id }) => id)} />;
}

type Props = {
  view: SavedView;
  /** Ids of all views of its owner, in order. */
  own: readonly string[];
};

/** A saved list. Filters and columns may be changed while looking; they are kept only on demand. */
function View({ view, own: all }: Props) {
  const { t } = useText('views');
  const navigate = useNavigate();
  const given = useSearch({ from: '/staff/saved/$viewId' });
  const { scope, search: own } = useMemo(() => listOfView(view), [view]);
  const search = Object.keys(given).length > 0 ? given : own;
  const columns = useColumnsOf(view.columns.length > 0 ? columnsOf(view.columns) : null);
  const isChanged = !isSame(search, own) || !hasColumns(view, columns.columns);
  usePageTitle(view.name);

  const show = (next: TicketSearch) => {
    const isOwn = isSame(next, own);
    // An empty address is the view itself, so one that asks for nothing says so.
    void navigate({ to: '.', search: isOwn ? {} : { status: 'OPEN', ...next }, replace: true });
  };
  const discard = () => {
    show(own);
    columns.reset();
  };
  const update = useChange(UpdateSavedView);
  const keep = async () => {
    const input = {
      id: view.id,
      filter: keptFilter(scope, search),
      order: orderOf(search),
      columns: [...columns.columns],
    };
    if (await update.send({ input })) show(search);
  };
  useCommands([
    {
      id: 'view.keep',
      title: t('keep'),
      group: t('group'),
      enabled: isChanged && view.viewerMayChange,
      run: () => void keep(),
    },
  ]);
  return (
    <ColumnsScope value={columns}>
      <PageBar title={view.name}>
        {isChanged ? (
          <Button size="compact-xs" variant="subtle" color="gray" onClick={discard}>
            {t('discard')}
          </Button>
        ) : null}
        {isChanged && view.viewerMayChange ? (
          <Button size="compact-xs" loading={update.isSending} onClick={() => void keep()}>
            {t('keep')}
          </Button>
        ) : null}
        {isChanged ? <SaveViewButton scope={scope} search={search} /> : null}
        {view.viewerMayChange ? <ViewMenu view={view} own={all} /> : null}
      </PageBar>
      {view.unknownIds.length > 0 ? (
        <p role="status" style={{ margin: 0, padding: '8px 16px', color: 'var(--warn)' }}>
          {t('unknown', { count: view.unknownIds.length })}
        </p>
      ) : null}
      <ListOfTickets scope={scope} search={search} onSearch={show} />
    </ColumnsScope>
  );
}

function ViewMenu({ view, own }: Props) {
  const { t } = useText('views');
  const viewer = useViewer();
  const navigate = useNavigate();
  const [dialog, setDialog] = useState<'change' | 'delete' | null>(null);
  const update = useChange(UpdateSavedView);
  const remove = useChange(DeleteSavedView);
  const order = useChange(ReorderSavedViews);
  const place = own.indexOf(view.id);
  const isOwn = view.owner?.id === viewer.id;
  const moves = [
    { by: -1, title: t('up'), icon: <IconArrowUp size={14} aria-hidden />, enabled: isOwn && place > 0 },
    {
      by: 1,
      title: t('down'),
      icon: <IconArrowDown size={14} aria-hidden />,
      enabled: isOwn && place < own.length - 1,
    },
  ];
  const move = async (by: number) => {
    const ids = own.filter((id) => id !== view.id);
    ids.splice(place + by, 0, view.id);
    if (await order.send({ input: { ids } })) return;
    notifications.show({ color: 'red', message: t('notMoved') });
  };
  const open = (which: 'change' | 'delete') => {
    update.reset();
    remove.reset();
    setDialog(which);
  };
  const group = t('group');
  useCommands([
    { id: 'view.change', title: t('change'), group, run: () => open('change') },
    { id: 'view.delete', title: t('delete'), group, run: () => open('delete') },
    ...moves.map(({ by, title, enabled }) => ({
      id: `view.move.${by}`,
      title,
      group,
      enabled,
      run: () => void move(by),
    })),
  ]);
  return (
    <>
      <ButtonMenu
        position="bottom-end"
        width={210}
        button={
          <ActionIcon variant="subtle" color="gray" aria-label={t('menu')}>
            <IconDots size={16} aria-hidden />
          </ActionIcon>
        }
        parts={() => [
          {
            kind: 'action',
            text: t('change'),
            icon: <IconPencil size={14} aria-hidden />,
            run: () => open('change'),
          },
          ...moves.map(({ by, title, icon, enabled }) => ({
            kind: 'action' as const,
            text: title,
            icon,
            isDisabled: !enabled,
            stays: true,
            run: () => void move(by),
          })),
          {
            kind: 'action',
            text: t('delete'),
            icon: <IconTrash size={14} aria-hidden />,
            run: () => open('delete'),
          },
        ]}
      />
      {dialog === 'change' ? (
        <ViewDialog
          title={t('change')}
          first={{ name: view.name, sharedWith: view.sharedWith, queueId: view.queue?.id ?? null }}
          isLeading={viewer.role !== 'AGENT'}
          refused={update}
          onClose={() => setDialog(null)}
          onSave={async (properties) => {
            if (await update.send({ input: { id: view.id, ...properties } })) setDialog(null);
          }}
        />
      ) : null}
      {dialog === 'delete' ? (
        <FormDialog
          title={t('deleteTitle', { name: view.name })}
          action={t('delete')}
          isDangerous
          refused={remove}
          onClose={() => setDialog(null)}
          onSubmit={async () => {
            if (await remove.send({ input: { id: view.id } })) void navigate({ to: '/tickets' });
          }}
        >
          {t(view.sharedWith === 'PRIVATE' ? 'deleteText' : 'deleteShared')}
        </FormDialog>
      ) : null}
    </>
  );
}

function isSame(a: TicketSearch, b: TicketSearch): boolean {
  const key = (search: TicketSearch) =>
    JSON.stringify(Object.entries({ status: 'OPEN', ...search }).sort(([x], [y]) => (x < y ? -1 : 1)));
  return key(a) === key(b);
}

function hasColumns(view: SavedView, columns: readonly Column[]): boolean {
  if (view.columns.length === 0) return true;
  const own = columnsOf(view.columns);
  return COLUMNS.every((column) => own.includes(column) === columns.includes(column));
}
