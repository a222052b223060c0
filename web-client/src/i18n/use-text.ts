import { useTranslation } from 'react-i18next';
import type { Texts } from './en';

/**
 * The texts of a feature, and as `common:…` those that all share.
 *
 * `const { t } = useText('tickets'); t('row.nobody'); t('common:close')`
 */
export function useText<Feature extends keyof Texts>(feature: Feature) {
  return useTranslation([feature, 'common'] as const);
}
