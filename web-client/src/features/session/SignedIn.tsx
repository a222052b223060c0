import { Modal } from '@mantine/core';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Navigate, Outlet, useLocation } from 'react-router';
import { useQuery } from 'urql';

import { Shell } from '../../app/Shell';
import { Failed, Loading } from '../../components/States';
import { graphql } from '../../graphql/generated';
import { useSession } from '../../graphql/GraphProvider';
import { useHealth } from '../../graphql/health';
import { messageOf } from '../../lib/messageOf';
import { SignInForm } from './SignInForm';
import { ViewerContext } from './viewer';

const ViewerDocument = graphql(`
  query Viewer {
    viewer {
      user {
        id
        name
      }
    }
  }
`);

export function SignedIn() {
  const { t } = useTranslation();
  const { isExpired, reset } = useSession();
  const { begin } = useHealth();
  const { pathname, search } = useLocation();
  const [{ data, error }, again] = useQuery({ query: ViewerDocument });
  const user = data?.viewer?.user;
  const isSignedIn = Boolean(user) && !isExpired;
  useEffect(() => {
    begin(isSignedIn);
    return () => begin(false);
  }, [begin, isSignedIn]);
  if (error && !data) return <Failed message={messageOf(error)} onRetry={again} />;
  if (!data) return <Loading />;
  if (!user)
    return <Navigate to={`/sign-in?next=${encodeURIComponent(pathname + search)}`} replace />;
  return (
    <ViewerContext value={user}>
      <Shell>
        <Outlet />
      </Shell>
      <Modal
        opened={isExpired}
        onClose={() => undefined}
        withCloseButton={false}
        title={t('signIn.expired')}
      >
        <SignInForm onDone={reset} />
      </Modal>
    </ViewerContext>
  );
}
