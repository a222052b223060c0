import { Alert, Button, Center, Loader, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';

export function Loading() {
  const { t } = useTranslation();
  return (
    <Center p="xl" role="status" aria-label={t('loading')}>
      <Loader size="sm" />
    </Center>
  );
}

export function Failed({ message, onRetry }: { message: string; onRetry: () => void }) {
  const { t } = useTranslation();
  return (
    <Alert color="red" variant="outline" m="md" title={t('failed')}>
      <Stack gap="sm" align="flex-start">
        <Text size="sm">{message}</Text>
        <Button size="xs" variant="default" onClick={onRetry}>
          {t('retry')}
        </Button>
      </Stack>
    </Alert>
  );
}

export function Empty({ children }: { children: string }) {
  return (
    <Center p="xl">
      <Text size="sm" className="quiet">
        {children}
      </Text>
    </Center>
  );
}

export function NotFound() {
  const { t } = useTranslation();
  return (
    <Center p="xl">
      <Stack align="center">
        <Text>{t('notFound')}</Text>
        <Link to="/">{t('toQueues')}</Link>
      </Stack>
    </Center>
  );
}

export function RouteError() {
  const { t } = useTranslation();
  return <Failed message={t('brokenPage')} onRetry={() => window.location.reload()} />;
}
