import { useText } from '@/i18n/use-text';
import styles from './frame.module.css';

/** Past the navigation, for whoever comes by keyboard. */
export function SkipLink() {
  const { t } = useText('common');
  return (
    <a href="#page" className={styles.skip}>
      {t('skip')}
    </a>
  );
}
