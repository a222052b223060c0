import { AppShell, Burger, Group, Menu, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useMutation } from 'urql';

import { QueueNav } from '../features/queues/QueueNav';
import { useViewer } from '../features/session/viewer';
import { graphql } from '../graphql/generated';
import { useSession } from '../graphql/GraphProvider';
import { HealthIndicator, useHealth } from '../graphql/health';
import { LanguageSwitch, ThemeSwitch } from './Switches';

const SignOutDocument = graphql(`
  mutation SignOut {
    signOut {
      signedOut
    }
  }
`);

export function Shell({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  const [isOpen, { toggle, close }] = useDisclosure();
  const { state, newestAt } = useHealth();
  const { reset } = useSession();
  const viewer = useViewer();
  const [, signOut] = useMutation(SignOutDocument);
  return (
    <AppShell
      header={{ height: 48 }}
      navbar={{ width: 232, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
    >
      <AppShell.Header>
        <Group h="100%" px="md" gap="md" wrap="nowrap">
          <Burger
            size="sm"
            hiddenFrom="sm"
            opened={isOpen}
            onClick={toggle}
            aria-label={t('shell.menu')}
          />
          <Link to="/" style={{ color: 'inherit', textDecoration: 'none', fontWeight: 600 }}>
            Deskwire
          </Link>
          <Group ml="auto" gap="lg" wrap="nowrap">
            <HealthIndicator state={state} newestAt={newestAt} />
            <Menu position="bottom-end" width={220}>
              <Menu.Target>
                <UnstyledButton fz="sm">{viewer.name}</UnstyledButton>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item onClick={() => void signOut({}).then(reset)}>
                  {t('shell.signOut')}
                </Menu.Item>
              </Menu.Dropdown>
            </Menu>
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs">
        <AppShell.Section grow style={{ overflow: 'auto' }}>
          <QueueNav onPick={close} />
        </AppShell.Section>
        <AppShell.Section p="xs">
          <Group justify="space-between" wrap="nowrap">
            <LanguageSwitch />
            <ThemeSwitch />
          </Group>
        </AppShell.Section>
      </AppShell.Navbar>
      <AppShell.Main>{children}</AppShell.Main>
    </AppShell>
  );
}
