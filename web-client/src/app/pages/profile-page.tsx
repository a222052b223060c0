import { useQuery } from 'urql';
import { useText } from '@/i18n/use-text';
import { ErrorState, LoadingState } from '@/components/state';
import { PasswordForm } from '@/features/profile/password-form';
import { ProfileDocument } from '@/features/profile/preferences';
import { ProfileForm } from '@/features/profile/profile-form';
import styles from '@/features/profile/profile.module.css';
import { useSession, useViewer } from '@/features/session/session-context';
import { codeOf } from '@/graphql/errors';
import { PageBar } from '../shell/page-bar';
import scrolling from './scrolling.module.css';
import { usePageTitle } from './use-page-title';

/** What somebody keeps of themselves. */
export function ProfilePage() {
  const { t } = useText('profile');
  const session = useSession();
  const viewer = useViewer();
  const [{ data, error }, again] = useQuery({ query: ProfileDocument });
  usePageTitle(t('title'));
  const known = data?.viewer;
  return (
    <>
      <PageBar title={t('title')} />
      <div className={scrolling.scroll}>
        {known ? (
          <div className={styles.page}>
            <ProfileForm
              viewer={known}
              onSaved={(name) => session.state.set({ kind: 'signed-in', viewer: { ...viewer, name } })}
            />
            <PasswordForm email={known.user.email ?? ''} />
          </div>
        ) : error ? (
          <ErrorState
            code={codeOf(error) ?? 'INTERNAL'}
            onRetry={() => again({ requestPolicy: 'network-only' })}
          />
        ) : (
          <LoadingState />
        )}
      </div>
    </>
  );
}
