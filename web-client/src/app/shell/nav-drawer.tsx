import { Drawer } from '@mantine/core';
import type { ReactNode } from 'react';
import { useText } from '@/i18n/use-text';

type Props = { opened: boolean; onClose: () => void; children: ReactNode };

/** The navigation of a narrow window, over the page. */
export default function NavDrawer({ opened, onClose, children }: Props) {
  const { t } = useText('common');
  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      size={272}
      title={t('menu')}
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      {children}
    </Drawer>
  );
}
