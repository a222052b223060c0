import { ActionIcon } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { useText } from '@/i18n/use-text';
import { ButtonMenu } from './button-menu';

export type RowAction = { label: string; run: () => void; isDangerous?: boolean };

/** What can be done with one row of a table. */
export function RowMenu({ name, actions }: { name: string; actions: readonly RowAction[] }) {
  const { t } = useText('common');
  if (actions.length === 0) return null;
  return (
    <ButtonMenu
      position="bottom-end"
      button={
        <ActionIcon variant="subtle" color="gray" size="sm" aria-label={t('actions', { name })}>
          <IconDots size={16} aria-hidden />
        </ActionIcon>
      }
      parts={() => actions.map(({ label, ...action }) => ({ kind: 'action', text: label, ...action }))}
    />
  );
}
