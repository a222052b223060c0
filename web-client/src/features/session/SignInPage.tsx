import { Center, Group, Paper, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useNavigate, useSearchParams } from 'react-router';

import { LanguageSwitch, ThemeSwitch } from '../../app/Switches';
import { useSession } from '../../graphql/GraphProvider';
import { SignInForm } from './SignInForm';

export function SignInPage() {
  const { t } = useTranslation();
  const { reset } = useSession();
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const next = search.get('next') ?? '/';
  const done = () => {
    reset();
    // Only a path of this console: never another site.
    void navigate(/^\/(?![/\\])/.test(next) ? next : '/', { replace: true });
  };
  return (
    <Center component="main" mih="100dvh" p="md">
      <Paper withBorder p="xl" w={380} maw="100%">
        <Title order={1} size="h3" mb="lg">
          {t('signIn.title')}
        </Title>
        <SignInForm onDone={done} />
        <Group justify="space-between" mt="lg">
          <LanguageSwitch />
          <ThemeSwitch />
        </Group>
      </Paper>
    </Center>
  );
}
