import { notifications } from '@mantine/notifications';
import type { OperationResult } from '@urql/core';
import { useTranslation } from 'react-i18next';

import { messageOf } from './messageOf';

/** Shows what a mutation could not do. Returns whether it was done. */
export function useReport() {
  const { t } = useTranslation();
  return <Payload extends { errors: { message: string }[] }>(
    result: OperationResult<Record<string, unknown> | object>,
    payload: Payload | undefined,
  ): boolean => {
    const message = result.error
      ? messageOf(result.error)
      : payload?.errors.map((one) => one.message).join(' ');
    if (!message && payload) return true;
    notifications.show({ color: 'red', title: t('failed'), message });
    return false;
  };
}
