import { useTranslation } from 'react-i18next';
import { Navigate } from 'react-router';
import { useQuery } from 'urql';

import { Empty, Failed, Loading } from '../../components/States';
import { messageOf } from '../../lib/messageOf';
import { QueueNavDocument } from './QueueNav';

export function FirstQueue() {
  const { t } = useTranslation();
  const [{ data, error }, again] = useQuery({ query: QueueNavDocument });
  if (error && !data) return <Failed message={messageOf(error)} onRetry={again} />;
  if (!data) return <Loading />;
  const first = data.queues[0];
  if (!first) return <Empty>{t('list.noQueues')}</Empty>;
  return <Navigate to={`/queues/${encodeURIComponent(first.id)}`} replace />;
}
