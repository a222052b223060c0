import { Button, Group, Modal } from '@mantine/core';
import { useState, type ReactNode, type SubmitEvent } from 'react';
import { useText } from '@/i18n/use-text';
import type { Mistake } from '@/graphql/use-change';
import { useMistakeText } from './mistakes';
import { errorKey } from './state';
import styles from './form-dialog.module.css';

/** What the desk has against what was sent. */
export type Refused = { isSending: boolean; mistakes: readonly Mistake[]; failure: string | null };

type Props = {
  title: string;
  /** What the button says that does it. */
  action: string;
  /** It takes something away or cannot be undone. */
  isDangerous?: boolean;
  /** The names of fields that show their mistakes themselves. */
  fields?: readonly string[];
  refused: Refused;
  onSubmit: () => void | Promise<void>;
  onClose: () => void;
  size?: string;
  children?: ReactNode;
};

/**
 * A form over the page. It stays with everything typed into it until the desk has taken it; what the desk has against
 * it stands at the fields, and here if it is about none of them.
 */
export function FormDialog(props: Props) {
  const {
    title,
    action,
    isDangerous = false,
    fields = [],
    refused,
    onSubmit,
    onClose,
    size,
    children,
  } = props;
  const { t } = useText('common');
  const textOf = useMistakeText();
  const others = refused.mistakes.filter((mistake) => !fields.includes(mistake.path));
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    // A form inside a dialog bubbles through React to forms around it.
    event.stopPropagation();
    void onSubmit();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={title}
      size={size ?? 'md'}
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      <form className={styles.form} onSubmit={submit} noValidate>
        {children}
        {others.length > 0 || refused.failure !== null ? (
          <div role="alert" className={styles.refused}>
            {refused.failure === null ? null : <p>{t(errorKey(refused.failure))}</p>}
            {others.map((mistake, at) => (
              <p key={at}>{textOf(mistake)}</p>
            ))}
          </div>
        ) : null}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" size="xs" onClick={onClose}>
            {t('cancel')}
          </Button>
          <Button
            type="submit"
            size="xs"
            loading={refused.isSending}
            {...(isDangerous ? { className: styles.dangerous } : {})}
          >
            {action}
          </Button>
        </Group>
      </form>
    </Modal>
  );
}

/** What the desk has against one field, in words to stand at it. */
export function useFieldError(refused: Refused): (path: string) => string | undefined {
  const textOf = useMistakeText();
  return (path) => {
    const mistake = refused.mistakes.find((one) => one.path === path);
    return mistake && textOf(mistake);
  };
}

/** A dialog that is opened for something, and its fields as they are typed. */
export function useFields<Fields extends object>(
  first: Fields,
): [Fields, <Name extends keyof Fields>(name: Name, value: Fields[Name]) => void] {
  const [fields, setFields] = useState(first);
  return [fields, (name, value) => setFields((now) => ({ ...now, [name]: value }))];
}
