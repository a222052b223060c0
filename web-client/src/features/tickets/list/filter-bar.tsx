import { ActionIcon, Button, TextInput } from '@mantine/core';
import { IconColumns3, IconPlus, IconSearch, IconX } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { useQuery } from 'urql';
import { useText } from '@/i18n/use-text';
import { ButtonMenu, type MenuOption } from '@/components/button-menu';
import { PriorityMark } from '@/components/marks';
import { useCommands } from '@/lib/commands';
import { COLUMNS, isFixed, useColumns, type Column } from './columns';
import { TicketChoices } from './choices';
import styles from './filter-bar.module.css';
import {
  isNarrowed,
  listOf,
  orderOf,
  ORDERS,
  PRIORITIES,
  STATUSES,
  statusesOf,
  textOf,
  type TicketSearch,
} from './search';

type Props = {
  search: TicketSearch;
  /** Parts that the page itself decides, and that are not offered. */
  fixed?: readonly ('assignee' | 'text' | 'order')[];
  onSearch: (search: TicketSearch) => void;
};

type Option = MenuOption & { text: string };

/** Narrows a ticket list; the address holds what is chosen. */
export function FilterBar({ search, fixed = [], onSearch }: Props) {
  const { t } = useText('tickets');
  const [{ data }] = useQuery({ query: TicketChoices });
  const set = (part: Change) => onSearch(cleaned({ ...search, ...part }));
  const statuses = statusesOf(search);
  const shown = statuses.length === 0 ? 'all' : statuses.length === 1 ? statuses[0] : '';
  const people = (data?.users.nodes ?? []).map((user) => option(user.id, user.name));
  return (
    <div className={styles.bar} role="toolbar" aria-label={t('filter.label')}>
      <div className={styles.tabs}>
        {[...STATUSES, 'all' as const].map((status) => (
          <button
            key={status}
            type="button"
            className={styles.tab}
            aria-pressed={shown === status}
            onClick={() => set({ status: status === 'OPEN' ? undefined : status })}
          >
            {status === 'all' ? t('filter.all') : t(`common:status.${status}`)}
          </button>
        ))}
      </div>
      <Chip
        name={t('column.priority')}
        value={search.priority}
        options={PRIORITIES.map((priority) => ({
          value: priority,
          label: <PriorityMark priority={priority} />,
          text: t(`common:priority.${priority}`),
        }))}
        onChange={(priority) => set({ priority })}
      />
      {fixed.includes('assignee') ? null : (
        <Chip
          name={t('column.assignee')}
          single
          value={search.assignee}
          options={[option('me', t('filter.me')), option('none', t('row.nobody')), ...people]}
          onChange={(assignee) => set({ assignee })}
        />
      )}
      <Chip
        name={t('column.category')}
        value={search.category}
        options={(data?.categories ?? []).map((category) => option(category.id, category.name))}
        onChange={(category) => set({ category })}
      />
      <Chip
        name={t('column.tags')}
        value={search.tag}
        options={(data?.tags ?? []).map((tag) => option(tag.id, tag.name))}
        onChange={(tag) => set({ tag })}
      />
      {fixed.includes('text') ? null : (
        <Words text={search.text ?? ''} onText={(text) => set({ text: text || undefined })} />
      )}
      {isNarrowed(search) ? (
        <Button
          size="compact-xs"
          variant="subtle"
          color="gray"
          leftSection={<IconX size={12} aria-hidden />}
          onClick={() => onSearch(cleaned({ status: search.status, order: search.order }))}
        >
          {t('filter.clear')}
        </Button>
      ) : null}
      {fixed.includes('order') ? null : (
        <span className={styles.end}>
          <OrderAndColumns
            search={search}
            onOrder={(order) => set({ order: order === 'NEWEST' ? undefined : order })}
          />
        </span>
      )}
    </div>
  );
}

type ChipProps = {
  name: string;
  value: string | undefined;
  options: Option[];
  /** Only one of them at a time. */
  single?: boolean;
  onChange: (value: string | undefined) => void;
};

function Chip({ name, value, options, single = false, onChange }: ChipProps) {
  const chosen = listOf(value);
  const named = options.filter((one) => chosen.includes(one.value)).map((one) => one.text);
  const toggle = (one: string) => {
    if (single) onChange(chosen.includes(one) ? undefined : one);
    else onChange(textOf(chosen.includes(one) ? chosen.filter((other) => other !== one) : [...chosen, one]));
  };
  return (
    <ButtonMenu
      position="bottom-start"
      width={220}
      button={
        <button type="button" className={styles.chip} data-set={chosen.length > 0 ? '' : undefined}>
          {chosen.length === 0 ? <IconPlus size={12} aria-hidden /> : null}
          {named.length > 0 ? `${name}: ${named.join(', ')}` : name}
        </button>
      }
      parts={() => [{ kind: 'choices', options, chosen, several: true, closes: single, choose: toggle }]}
    />
  );
}

/** Words to look for; asked when typing pauses. */
function Words({ text, onText }: { text: string; onText: (text: string) => void }) {
  const { t } = useText('tickets');
  const [typed, setTyped] = useState(text);
  const [from, setFrom] = useState(text);
  const field = useRef<HTMLInputElement>(null);
  // The address changed by itself: a link, or the way back.
  if (from !== text) {
    setFrom(text);
    setTyped(text);
  }
  useEffect(() => {
    if (typed === text) return undefined;
    const timer = setTimeout(() => onText(typed.trim()), 300);
    return () => clearTimeout(timer);
  });
  useCommands([
    {
      id: 'list.words',
      title: t('command.words'),
      group: t('command.group'),
      shortcut: 'f',
      run: () => field.current?.focus(),
    },
  ]);
  return (
    <TextInput
      ref={field}
      size="xs"
      w={170}
      value={typed}
      aria-label={t('filter.words')}
      placeholder={t('filter.words')}
      leftSection={<IconSearch size={13} aria-hidden />}
      onChange={(event) => setTyped(event.currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key === 'Escape') event.currentTarget.blur();
      }}
    />
  );
}

function OrderAndColumns({ search, onOrder }: { search: TicketSearch; onOrder: (order: string) => void }) {
  const { t } = useText('tickets');
  const { columns, toggle } = useColumns();
  const order = orderOf(search);
  return (
    <ButtonMenu
      position="bottom-end"
      width={220}
      button={
        <ActionIcon variant="subtle" color="gray" aria-label={t('filter.view')} title={t('filter.view')}>
          <IconColumns3 size={16} aria-hidden />
        </ActionIcon>
      }
      parts={() => [
        { kind: 'heading', text: t('filter.order') },
        {
          kind: 'choices',
          options: ORDERS.map((one) => ({ value: one, label: t(`order.${one}`) })),
          chosen: [order],
          choose: onOrder,
        },
        { kind: 'line' },
        { kind: 'heading', text: t('filter.columns') },
        {
          kind: 'choices',
          options: COLUMNS.filter((column) => !isFixed(column)).map((column) => ({
            value: column,
            label: t(`column.${column}`),
          })),
          chosen: columns,
          several: true,
          choose: (column) => toggle(column as Column),
        },
      ]}
    />
  );
}

function option(value: string, text: string): Option {
  return { value, label: text, text };
}

/** Undefined takes a part away. */
type Change = { [key in keyof TicketSearch]?: string | undefined };

function cleaned(search: Change): TicketSearch {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined));
}
