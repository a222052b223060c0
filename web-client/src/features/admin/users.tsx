import { Button, NativeSelect, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { useText } from '@/i18n/use-text';
import { Age, Avatar } from '@/components/marks';
import { RecordList, RecordTable } from '@/components/records';
import { RowMenu, type RowAction } from '@/components/row-menu';
import { SectionHead } from '@/components/section';
import { graphql, unmask } from '@/graphql/generated';
import type { AdminUser_userFragment, Role, UsersQuery } from '@/graphql/generated/graphql';
import { usePages } from '@/graphql/use-pages';
import type { AdminSearch } from './sections';
import { ActiveDialog, CreateUserDialog, EditUserDialog, PasswordDialog } from './user-dialogs';
import styles from './admin.module.css';

export const UserFields = graphql(`
  fragment AdminUser_user on User {
    id
    name
    email
    role
    active
    createdAt
    organisation {
      id
      name
    }
  }
`);

const UsersDocument = graphql(`
  query Users($filter: UserFilterInput, $after: String) {
    users(filter: $filter, first: 50, after: $after) {
      nodes {
        id
        ...AdminUser_user
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

export type AdminUser = AdminUser_userFragment;
type Open = { what: 'create' } | { what: 'edit' | 'password' | 'active'; user: AdminUser };

const usersOf = (data: UsersQuery) => data.users;
const ROLES: readonly Role[] = ['ADMIN', 'LEAD', 'AGENT', 'CUSTOMER'];

type Props = { viewerId: string; search: AdminSearch; onSearch: (search: AdminSearch) => void };

/** Everybody the desk knows, found by the beginning of name or address. */
export function Users({ viewerId, search, onSearch }: Props) {
  const { t } = useText('admin');
  const [open, setOpen] = useState<Open | null>(null);
  const filter = {
    ...(search.q ? { startsWith: search.q } : {}),
    ...(search.role ? { roles: [search.role] } : {}),
    ...(search.state ? { active: search.state === 'active' } : {}),
  };
  const list = usePages(UsersDocument, { filter }, usersOf);
  const users = list.nodes && unmask(UserFields, list.nodes);
  const close = () => setOpen(null);
  const actionsOf = (user: AdminUser): RowAction[] => [
    { label: t('users.edit'), run: () => setOpen({ what: 'edit', user }) },
    { label: t('users.setPassword'), run: () => setOpen({ what: 'password', user }) },
    // Nobody shuts themselves out.
    ...(user.id === viewerId
      ? []
      : [
          {
            label: user.active ? t('users.disable') : t('users.enable'),
            run: () => setOpen({ what: 'active', user }),
            isDangerous: user.active === true,
          },
        ]),
  ];
  return (
    <>
      <SectionHead title={t('section.users')} text={t('users.text')}>
        <Button size="xs" onClick={() => setOpen({ what: 'create' })}>
          {t('users.create')}
        </Button>
      </SectionHead>
      <UserSearch search={search} onSearch={onSearch} />
      <RecordList
        rows={users}
        failure={list.failure}
        onRetry={list.retry}
        empty={{ title: t('users.none'), text: t('users.noneText') }}
        hasMore={list.hasMore}
        isReading={list.isReading}
        onMore={list.more}
      >
        <RecordTable
          label={t('section.users')}
          rows={users ?? []}
          isFaint={(user) => user.active === false}
          columns={[
            {
              id: 'name',
              heading: t('field.name'),
              cell: (user) => (
                <span className={styles.person}>
                  <Avatar name={user.name} />
                  {user.name}
                </span>
              ),
            },
            {
              id: 'email',
              heading: t('field.email'),
              cell: (user) => user.email && <Address email={user.email} />,
            },
            {
              id: 'role',
              heading: t('field.role'),
              isOptional: true,
              cell: (user) => user.role && t(`common:role.${user.role}`),
            },
            {
              id: 'organisation',
              heading: t('field.organisation'),
              isOptional: true,
              cell: (user) => user.organisation?.name,
            },
            {
              id: 'state',
              heading: t('field.state'),
              isOptional: true,
              cell: (user) => (user.active ? t('state.active') : t('state.disabled')),
            },
            {
              id: 'created',
              heading: t('field.created'),
              isOptional: true,
              cell: (user) => (user.createdAt ? <Age time={user.createdAt} words /> : null),
            },
            {
              id: 'actions',
              heading: t('field.actions'),
              isHeadingHidden: true,
              align: 'right',
              cell: (user) => <RowMenu name={user.name} actions={actionsOf(user)} />,
            },
          ]}
        />
      </RecordList>
      {open?.what === 'create' ? <CreateUserDialog onClose={close} /> : null}
      {open?.what === 'edit' ? <EditUserDialog user={open.user} onClose={close} /> : null}
      {open?.what === 'password' ? <PasswordDialog user={open.user} onClose={close} /> : null}
      {open?.what === 'active' ? <ActiveDialog user={open.user} onClose={close} /> : null}
    </>
  );
}

/** An e-mail address that breaks before its `@` first, where the column is narrow. */
function Address({ email }: { email: string }) {
  const at = email.lastIndexOf('@');
  return (
    <span className={styles.address}>
      {email.slice(0, at)}
      <wbr />
      {email.slice(at)}
    </span>
  );
}

const TYPING_MS = 250;

function UserSearch({ search, onSearch }: Omit<Props, 'viewerId'>) {
  const { t } = useText('admin');
  const [typed, setTyped] = useState(search.q ?? '');
  const narrow = (change: Partial<Record<keyof AdminSearch, string>>) =>
    onSearch({ ...search, ...change } as AdminSearch);
  useEffect(() => {
    if (typed.trim() === (search.q ?? '')) return;
    const timer = setTimeout(() => onSearch({ ...search, q: typed.trim() }), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed, search, onSearch]);
  return (
    <div className={styles.filters} role="search">
      <TextInput
        size="xs"
        className={styles.find}
        aria-label={t('users.search')}
        placeholder={t('users.search')}
        leftSection={<IconSearch size={14} aria-hidden />}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
      <NativeSelect
        size="xs"
        aria-label={t('field.role')}
        value={search.role ?? ''}
        onChange={(event) => narrow({ role: event.currentTarget.value })}
        data={[
          { value: '', label: t('users.anyRole') },
          ...ROLES.map((role) => ({ value: role, label: t(`common:role.${role}`) })),
        ]}
      />
      <NativeSelect
        size="xs"
        aria-label={t('field.state')}
        value={search.state ?? ''}
        onChange={(event) => narrow({ state: event.currentTarget.value })}
        data={[
          { value: '', label: t('users.anyState') },
          { value: 'active', label: t('state.active') },
          { value: 'inactive', label: t('state.disabled') },
        ]}
      />
    </div>
  );
}
