import { Button } from '@mantine/core';
import { useElementSize, useMergedRef } from '@mantine/hooks';
import { IconArrowUp, IconChevronDown } from '@tabler/icons-react';
import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { useText } from '@/i18n/use-text';
import { ErrorState, errorKey, LoadingState } from '@/components/state';
import type { TicketOrder, TicketRow_ticketFragment } from '@/graphql/generated/graphql';
import { useCommands } from '@/lib/commands';
import { whenIdle } from '@/lib/idle';
import { useStore } from '@/lib/store';
import { useFormats } from '@/lib/time';
import { narrowed, templateOf, useColumns, type Column } from './columns';
import type { KeptList } from './kept-lists';
import { useRowWords } from './row-words';
import { TicketRow } from './ticket-row';
import styles from './ticket-table.module.css';

type Props = {
  kept: KeptList;
  /** What stands in place of rows where there are none. */
  empty: React.ReactNode;
  onOpen: (number: number) => void;
  onPrefetch: (number: number) => void;
  onOrder: (order: TicketOrder) => void;
};

const ROW_PX = 34;
const COMPACT_ROW_PX = 58;
const COMPACT_BELOW_PX = 560;
const OVERSCAN = 10;
/** Rows before the end at which the next page is read. */
const AHEAD = 20;

/** A list of tickets, as many as there are, with only the visible ones in the page. */
export function TicketTable({ kept, empty, onOpen, onPrefetch, onOrder }: Props) {
  const { list } = kept;
  const state = useStore(list.state);
  useEffect(() => list.open(), [list]);
  if (state.phase === 'failed')
    return <ErrorState code={state.code ?? 'INTERNAL'} onRetry={() => void list.reload()} />;
  if (state.phase === 'loading') return <LoadingState lines={14} />;
  if (state.ids.length === 0 && state.arrived.length === 0) return empty;
  return <Rows kept={kept} onOpen={onOpen} onPrefetch={onPrefetch} onOrder={onOrder} />;
}

function Rows({ kept, onOpen, onPrefetch, onOrder }: Omit<Props, 'empty'>) {
  const { t } = useText('tickets');
  const words = useRowWords();
  const formats = useFormats();
  const { list, active, selection } = kept;
  const state = useStore(list.state);
  const { ids } = state;
  const activeId = useStore(active);
  const selected = useStore(selection);
  const scroller = useRef<HTMLDivElement>(null);
  const size = useElementSize();
  const area = useRef<HTMLDivElement>(null);
  const table = useMergedRef(size.ref, area);
  const isCompact = size.width > 0 && size.width < COMPACT_BELOW_PX;
  const chosen = useColumns().columns;
  const shown = narrowed(chosen, size.width || 1200).join(' ');
  // The same array while the same columns fit, or each pixel of width would make all rows anew.
  const columns = useMemo(() => shown.split(' ') as Column[], [shown]);
  const template = isCompact ? '36px minmax(0, 1fr)' : templateOf(columns);
  const rowPx = isCompact ? COMPACT_ROW_PX : ROW_PX;
  // Without a row of its own, the keyboard begins with the first one.
  const activeIndex = Math.max(0, activeId === null ? 0 : ids.indexOf(activeId));

  const virtual = useVirtualizer({
    count: ids.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    overscan: useOverscan(),
    initialOffset: kept.scrollTop,
    // Measured a moment later; without a guess, the first rows would wait for that.
    initialRect: { width: window.innerWidth, height: window.innerHeight },
    getItemKey: (index) => ids[index] ?? index,
    // The row with the focus stays, or the focus would be lost by scrolling.
    rangeExtractor: (range) => {
      const visible = defaultRangeExtractor(range);
      return visible.includes(activeIndex) || activeIndex >= ids.length
        ? visible
        : [...visible, activeIndex].sort((a, b) => a - b);
    },
  });
  const measuredPx = useRef(rowPx);
  useLayoutEffect(() => {
    if (measuredPx.current === rowPx) return;
    measuredPx.current = rowPx;
    virtual.measure();
  }, [virtual, rowPx]);

  const lastVisible = virtual.range?.endIndex ?? 0;
  useEffect(() => {
    if (lastVisible >= ids.length - AHEAD) void list.loadMore();
  }, [list, lastVisible, ids.length, state.hasMore]);

  const hold = useHold(kept, area, scroller);
  const focusRow = useFocusRow(scroller, kept);
  const activate = useCallback((index: number) => active.set(ids[index] ?? null), [active, ids]);
  const move = (to: number) => {
    const index = Math.max(0, Math.min(ids.length - 1, to));
    const id = ids[index];
    if (id === undefined) return;
    active.set(id);
    virtual.scrollToIndex(index);
    focusRow(id);
  };
  const anchor = useRef(0);
  const select = useCallback(
    (index: number, range: boolean) => {
      const next = new Set(selection.get());
      const [from, to] = range
        ? [Math.min(anchor.current, index), Math.max(anchor.current, index)]
        : [index, index];
      const isOn = !next.has(ids[index] ?? '');
      for (const id of ids.slice(from, to + 1)) {
        if (isOn) next.add(id);
        else next.delete(id);
      }
      anchor.current = index;
      selection.set(next);
    },
    [ids, selection],
  );
  const open = useCallback(
    (ticket: TicketRow_ticketFragment) => {
      active.set(ticket.id);
      list.seen(ticket.id);
      onOpen(ticket.number);
    },
    [active, list, onOpen],
  );
  const openActive = () => {
    const row = scroller.current?.querySelector<HTMLElement>(`[data-ticket="${ids[activeIndex] ?? ''}"]`);
    row?.click();
  };
  const showArrived = () => {
    list.settle();
    virtual.scrollToOffset(0);
  };

  const group = t('command.group');
  useCommands([
    {
      id: 'list.next',
      title: t('command.next'),
      group,
      shortcut: 'j',
      inPalette: false,
      run: () => move(hasFocus(scroller) ? activeIndex + 1 : activeIndex),
    },
    {
      id: 'list.previous',
      title: t('command.previous'),
      group,
      shortcut: 'k',
      inPalette: false,
      run: () => move(activeIndex - 1),
    },
    {
      id: 'list.down',
      title: t('command.next'),
      group,
      shortcut: 'down',
      inPalette: false,
      run: () => move(hasFocus(scroller) ? activeIndex + 1 : activeIndex),
    },
    {
      id: 'list.up',
      title: t('command.previous'),
      group,
      shortcut: 'up',
      inPalette: false,
      run: () => move(activeIndex - 1),
    },
    {
      id: 'list.first',
      title: t('command.first'),
      group,
      shortcut: 'home',
      inPalette: false,
      run: () => move(0),
    },
    {
      id: 'list.last',
      title: t('command.last'),
      group,
      shortcut: 'end',
      inPalette: false,
      run: () => move(ids.length - 1),
    },
    {
      id: 'list.open',
      title: t('command.open'),
      group,
      shortcut: 'enter',
      inPalette: false,
      enabled: hasFocus(scroller) || activeId !== null,
      run: openActive,
    },
    {
      id: 'list.select',
      title: t('command.select'),
      group,
      shortcut: 'x',
      inPalette: false,
      run: () => select(activeIndex, false),
    },
    {
      id: 'list.selectAll',
      title: t('command.selectAll'),
      group,
      shortcut: 'mod+a',
      run: () => selection.set(new Set(ids)),
    },
    {
      id: 'list.arrived',
      title: t('command.arrived'),
      group,
      shortcut: '.',
      enabled: state.arrived.length > 0,
      run: showArrived,
    },
  ]);

  const allSelected = selected.size > 0 && ids.every((id) => selected.has(id));
  return (
    <div
      className={styles.table}
      ref={table}
      style={{ ['--row-height' as string]: `${rowPx}px` }}
      onPointerEnter={hold}
      onPointerLeave={hold}
      onFocus={hold}
      onBlur={hold}
    >
      <div
        className={styles.grid}
        role="grid"
        aria-label={t('list.label')}
        aria-rowcount={state.totalCount ?? -1}
        aria-multiselectable
      >
        <div role="row" aria-rowindex={1} className={styles.head} style={{ gridTemplateColumns: template }}>
          <div role="columnheader" className={styles.select}>
            <input
              type="checkbox"
              className={styles.box}
              checked={allSelected}
              ref={(box) => {
                if (box) box.indeterminate = selected.size > 0 && !allSelected;
              }}
              aria-label={t('list.selectLoaded')}
              onChange={() => selection.set(allSelected ? new Set() : new Set(ids))}
            />
          </div>
          {isCompact ? (
            <div role="columnheader">{t('column.subject')}</div>
          ) : (
            columns.map((column) => (
              <Heading key={column} column={column} order={list.order} onOrder={onOrder} />
            ))
          )}
        </div>
        <div
          ref={scroller}
          role="rowgroup"
          className={styles.scroller}
          onScroll={(event) => {
            kept.scrollTop = event.currentTarget.scrollTop;
            hold();
          }}
          onPointerEnter={hold}
          onPointerLeave={hold}
          onFocus={hold}
          onBlur={hold}
        >
          <div role="presentation" className={styles.rows} style={{ height: virtual.getTotalSize() }}>
            {virtual.getVirtualItems().map((item) => {
              const id = ids[item.index];
              if (id === undefined) return null;
              return (
                <TicketRow
                  key={id}
                  id={id}
                  fresh={list.freshOf(id)}
                  index={item.index}
                  top={item.start}
                  columns={columns}
                  isCompact={isCompact}
                  template={template}
                  words={words}
                  formats={formats}
                  isActive={item.index === activeIndex}
                  isSelected={selected.has(id)}
                  isGone={state.gone.has(id)}
                  isUpdated={state.updated.has(id)}
                  onOpen={open}
                  onActivate={activate}
                  onPrefetch={onPrefetch}
                  onSelect={select}
                />
              );
            })}
          </div>
        </div>
      </div>
      <Arrived count={state.arrived.length} onShow={showArrived} />
      {state.moreCode !== null ? (
        <div role="alert" className={styles.more}>
          {t(`common:${errorKey(state.moreCode)}`)}
          <Button size="compact-xs" variant="default" onClick={() => void list.loadMore()}>
            {t('common:error.retry')}
          </Button>
        </div>
      ) : null}
    </div>
  );
}

/** Rows that are made beyond the visible ones: none at first, then more each time the browser has nothing to do. */
function useOverscan(): number {
  const [rows, setRows] = useState(0);
  useEffect(
    () => (rows < OVERSCAN ? whenIdle(() => setRows(Math.min(OVERSCAN, rows + 2))) : undefined),
    [rows],
  );
  return rows;
}

/** Columns that the desk can order by, and the order each stands for. */
const ORDER_OF: Partial<Record<Column, [TicketOrder, TicketOrder?]>> = {
  age: ['NEWEST', 'OLDEST'],
  priority: ['PRIORITY_THEN_AGE'],
  updated: ['RECENTLY_UPDATED'],
};

function Heading({
  column,
  order,
  onOrder,
}: {
  column: Column;
  order: TicketOrder;
  onOrder: Props['onOrder'];
}) {
  const { t } = useText('tickets');
  const orders = ORDER_OF[column];
  const name = t(`column.${column}`);
  if (!orders) return <div role="columnheader">{name}</div>;
  const [first, second] = orders;
  const isSorted = order === first || order === second;
  const sort = !isSorted ? 'none' : order === 'OLDEST' ? 'ascending' : 'descending';
  return (
    <div role="columnheader" aria-sort={sort}>
      <button
        type="button"
        className={isSorted ? styles.sorted : undefined}
        onClick={() => onOrder(order === first && second ? second : first)}
      >
        {name}
        {isSorted ? (
          <IconChevronDown
            size={12}
            aria-hidden
            style={order === 'OLDEST' ? { rotate: '180deg' } : undefined}
          />
        ) : null}
      </button>
    </div>
  );
}

function Arrived({ count, onShow }: { count: number; onShow: () => void }) {
  const { t } = useText('tickets');
  const formats = useFormats();
  return (
    <div className={styles.bar} role="status">
      {count > 0 ? (
        <button type="button" className={styles.barButton} onClick={onShow}>
          <IconArrowUp size={14} aria-hidden />
          {t('list.arrived', { count, number: formats.number(count) })}
        </button>
      ) : null}
    </div>
  );
}

type Area = React.RefObject<HTMLDivElement | null>;

/** Tells the list whether it is being read: pointed at, focused, scrolled, or partly selected. */
function useHold(kept: KeptList, area: Area, scroller: Area): () => void {
  const { list, selection } = kept;
  const hold = useCallback(() => {
    if (!area.current || !scroller.current) return;
    const isPointedAt = area.current.matches(':hover') || hasFocus(area);
    list.hold(isPointedAt || scroller.current.scrollTop > 0 || selection.get().size > 0);
  }, [list, selection, area, scroller]);
  useEffect(() => {
    hold();
    return selection.subscribe(hold);
  }, [hold, selection]);
  // React tells of leaving before the document knows where the focus and the pointer are now.
  return useCallback(() => void setTimeout(hold, 0), [hold]);
}

/** Puts the focus on a row as soon as it is there; on the one from before, when the list is shown again. */
function useFocusRow(scroller: Area, kept: KeptList): (id: string) => void {
  const wanted = useRef<string | null>(kept.active.get());
  const focus = useCallback(() => {
    if (wanted.current === null) return;
    const row = scroller.current?.querySelector<HTMLElement>(`[data-ticket="${wanted.current}"]`);
    if (!row) return;
    wanted.current = null;
    row.focus({ preventScroll: true });
  }, [scroller]);
  useEffect(focus);
  return useCallback(
    (id: string) => {
      wanted.current = id;
      focus();
    },
    [focus],
  );
}

function hasFocus(scroller: Area): boolean {
  return scroller.current?.contains(document.activeElement) ?? false;
}
