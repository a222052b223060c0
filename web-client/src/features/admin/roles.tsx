import { IconCheck, IconMinus } from '@tabler/icons-react';
import { useText } from '@/i18n/use-text';
import { RecordTable } from '@/components/records';
import { SectionHead } from '@/components/section';
import type { Role } from '@/graphql/generated/graphql';
import styles from './admin.module.css';

const ROLES: readonly Role[] = ['ADMIN', 'LEAD', 'AGENT', 'CUSTOMER'];

/** Who may do what, as the docs of the graph have it; `queue`: in the queues they have the right to. */
const RIGHTS = {
  ownTickets: { ADMIN: 'yes', LEAD: 'yes', AGENT: 'yes', CUSTOMER: 'yes' },
  readTickets: { ADMIN: 'yes', LEAD: 'queue', AGENT: 'queue', CUSTOMER: 'no' },
  workTickets: { ADMIN: 'yes', LEAD: 'queue', AGENT: 'queue', CUSTOMER: 'no' },
  deleteTickets: { ADMIN: 'yes', LEAD: 'queue', AGENT: 'no', CUSTOMER: 'no' },
  restoreTickets: { ADMIN: 'yes', LEAD: 'no', AGENT: 'no', CUSTOMER: 'no' },
  customers: { ADMIN: 'yes', LEAD: 'yes', AGENT: 'yes', CUSTOMER: 'no' },
  users: { ADMIN: 'yes', LEAD: 'no', AGENT: 'no', CUSTOMER: 'no' },
  organisations: { ADMIN: 'yes', LEAD: 'yes', AGENT: 'no', CUSTOMER: 'no' },
  members: { ADMIN: 'yes', LEAD: 'queue', AGENT: 'no', CUSTOMER: 'no' },
  replies: { ADMIN: 'yes', LEAD: 'queue', AGENT: 'no', CUSTOMER: 'no' },
  queues: { ADMIN: 'yes', LEAD: 'no', AGENT: 'no', CUSTOMER: 'no' },
  models: { ADMIN: 'yes', LEAD: 'no', AGENT: 'no', CUSTOMER: 'no' },
  ownTokens: { ADMIN: 'yes', LEAD: 'yes', AGENT: 'yes', CUSTOMER: 'yes' },
} as const satisfies Record<string, Record<Role, 'yes' | 'no' | 'queue'>>;

type Right = keyof typeof RIGHTS;
const rights = (Object.keys(RIGHTS) as Right[]).map((id) => ({ id }));

/** What each role may do; a queue's members may have more or less in it. */
export function Roles() {
  const { t } = useText('admin');
  return (
    <>
      <SectionHead title={t('section.roles')} text={t('roles.text')} />
      <div className={styles.matrix}>
        <RecordTable
          label={t('section.roles')}
          rows={rights}
          columns={[
            { id: 'right', heading: t('roles.right'), cell: ({ id }) => t(`roles.rights.${id}`) },
            ...ROLES.map((role) => ({
              id: role,
              heading: t(`common:role.${role}`),
              cell: ({ id }: { id: Right }) => <Mark value={RIGHTS[id][role]} />,
            })),
          ]}
        />
      </div>
    </>
  );
}

function Mark({ value }: { value: 'yes' | 'no' | 'queue' }) {
  const { t } = useText('admin');
  if (value === 'queue') return <span>{t('roles.queue')}</span>;
  const Icon = value === 'yes' ? IconCheck : IconMinus;
  return (
    <span className={value === 'no' ? styles.faint : undefined}>
      <Icon size={16} aria-hidden />
      <span className="visually-hidden">{t(`roles.${value}`)}</span>
    </span>
  );
}
