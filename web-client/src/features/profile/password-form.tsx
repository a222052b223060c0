import { Button, PasswordInput } from '@mantine/core';
import { useState, type SubmitEvent } from 'react';
import { useText } from '@/i18n/use-text';
import { errorKey } from '@/components/state';
import { graphql } from '@/graphql/generated';
import { useChange } from '@/graphql/use-change';
import styles from './profile.module.css';

const ChangePassword = graphql(`
  mutation ChangePassword($input: ChangePasswordInput!) {
    changePassword(input: $input) {
      user {
        id
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

const EMPTY = { current: '', new: '', again: '' };
type Field = keyof typeof EMPTY;
const LEAST = 10;

/** Another password; all other sessions end with the old one. */
export function PasswordForm({ email }: { email: string }) {
  const { t } = useText('profile');
  const [fields, setFields] = useState(EMPTY);
  const [own, setOwn] = useState<Partial<Record<Field, string>>>({});
  const [isDone, setDone] = useState(false);
  const change = useChange(ChangePassword);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const wrong = mistakesIn(fields);
    setOwn(Object.fromEntries(wrong.map((field) => [field, t(`password.wrong.${field}`)])));
    if (wrong.length > 0) return;
    const data = await change.send({ input: { current: fields.current, new: fields.new } });
    if (!data) return;
    setFields(EMPTY);
    setDone(true);
  };
  const errorOf = (field: Field): string | undefined => {
    const mistake = change.mistakes.find(({ path }) => path === field);
    if (mistake && field === 'current') return t('password.notCurrent');
    return own[field] ?? mistake?.message;
  };
  const propsOf = (field: Field) => ({
    value: fields[field],
    error: errorOf(field),
    label: t(`password.${field}`),
    visibilityToggleButtonProps: { 'aria-label': t('password.show') },
    onChange: (event: { currentTarget: { value: string } }) => {
      setFields({ ...fields, [field]: event.currentTarget.value });
      setOwn({ ...own, [field]: undefined });
      change.reset();
      setDone(false);
    },
  });
  return (
    <form className={styles.section} onSubmit={submit} noValidate aria-labelledby="password-heading">
      <h2 id="password-heading">{t('password.title')}</h2>
      <p className={styles.text}>{t('password.text')}</p>
      {/* Password managers want to know whose it is. */}
      <input type="hidden" autoComplete="username" value={email} />
      <PasswordInput {...propsOf('current')} autoComplete="current-password" />
      <PasswordInput
        {...propsOf('new')}
        autoComplete="new-password"
        description={t('password.help', { count: LEAST })}
      />
      <PasswordInput {...propsOf('again')} autoComplete="new-password" />
      {change.failure === null ? null : (
        <p role="alert" className={styles.problem}>
          {t(`common:${errorKey(change.failure)}`)}
        </p>
      )}
      <div className={styles.foot}>
        <span role="status" className={styles.done}>
          {isDone ? t('password.done') : null}
        </span>
        <Button type="submit" size="xs" variant="default" loading={change.isSending}>
          {t('password.change')}
        </Button>
      </div>
    </form>
  );
}

function mistakesIn(fields: typeof EMPTY): Field[] {
  const wrong: Field[] = [];
  if (fields.current === '') wrong.push('current');
  if (Array.from(fields.new).length < LEAST) wrong.push('new');
  if (fields.again !== fields.new) wrong.push('again');
  return wrong;
}
