import { Button, Checkbox, CopyButton, Modal, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useText } from '@/i18n/use-text';
import { FormDialog, useFieldError, useFields } from '@/components/form-dialog';
import { graphql } from '@/graphql/generated';
import type { Scope } from '@/graphql/generated/graphql';
import { useChange } from '@/graphql/use-change';
import { StaffSelect } from './staff-select';
import styles from './admin.module.css';

const CreateTokenDocument = graphql(`
  mutation CreateToken($input: CreateTokenInput!) {
    createToken(input: $input) {
      token {
        id
        name
      }
      secret
      errors {
        code
        message
        path
      }
    }
  }
`);

const SCOPES: readonly Scope[] = ['TICKETS_READ', 'TICKETS_WRITE', 'USERS_READ', 'USERS_WRITE', 'ADMIN'];

type Props = { isAdmin: boolean; viewerId: string; onClose: () => void };

/** Makes a token, and shows its secret: the only time that anybody sees it. */
export function CreateTokenDialog({ isAdmin, viewerId, onClose }: Props) {
  const { t } = useText('admin');
  const change = useChange(CreateTokenDocument);
  const errorAt = useFieldError(change);
  const [secret, setSecret] = useState<string | null>(null);
  const [{ name, scopes, expiresOn, userId }, set] = useFields({
    name: '',
    scopes: ['TICKETS_READ'] as Scope[],
    expiresOn: '',
    userId: '',
  });
  const submit = async () => {
    const input = {
      name,
      scopes,
      // To the end of the chosen day, where the user is.
      ...(expiresOn === '' ? {} : { expiresAt: new Date(`${expiresOn}T23:59:59`).toISOString() }),
      ...(userId === '' ? {} : { userId }),
    };
    const data = await change.send({ input });
    if (data) setSecret(data.createToken.secret);
  };
  if (secret !== null) return <SecretDialog name={name} secret={secret} onClose={onClose} />;
  return (
    <FormDialog
      title={t('tokens.create')}
      action={t('tokens.create')}
      fields={['name', 'scopes', 'expiresAt', 'userId']}
      refused={change}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextInput
        data-autofocus
        label={t('field.name')}
        description={t('tokens.nameHint')}
        value={name}
        error={errorAt('name')}
        onChange={(event) => set('name', event.currentTarget.value)}
      />
      <Checkbox.Group
        label={t('tokens.scopes')}
        value={scopes}
        error={errorAt('scopes')}
        onChange={(value) => set('scopes', value)}
      >
        <div className={styles.choices}>
          {SCOPES.map((scope) => (
            <Checkbox
              key={scope}
              size="xs"
              value={scope}
              label={t(`scope.${scope}`)}
              description={t(`scopeText.${scope}`)}
            />
          ))}
        </div>
      </Checkbox.Group>
      <TextInput
        type="date"
        label={t('tokens.expires')}
        description={t('tokens.expiresHint')}
        value={expiresOn}
        error={errorAt('expiresAt')}
        onChange={(event) => set('expiresOn', event.currentTarget.value)}
      />
      {isAdmin ? (
        <StaffSelect
          label={t('tokens.user')}
          description={t('tokens.userHint')}
          first={t('tokens.myself')}
          value={userId}
          without={[viewerId]}
          error={errorAt('userId')}
          onChange={(id) => set('userId', id)}
        />
      ) : null}
    </FormDialog>
  );
}

type SecretProps = { name: string; secret: string; onClose: () => void };

function SecretDialog({ name, secret, onClose }: SecretProps) {
  const { t } = useText('admin');
  return (
    <Modal
      opened
      onClose={onClose}
      closeOnClickOutside={false}
      title={t('tokens.secretTitle', { name })}
      closeButtonProps={{ 'aria-label': t('common:close') }}
    >
      <div className={styles.stack}>
        <p>{t('tokens.secretText')}</p>
        <div className={styles.secret}>
          <TextInput
            readOnly
            aria-label={t('tokens.secret')}
            classNames={{ root: styles.grow, input: styles.mono }}
            value={secret}
            onFocus={(event) => event.currentTarget.select()}
          />
          <CopyButton value={secret}>
            {({ copied, copy }) => (
              <Button size="xs" variant="default" data-autofocus onClick={copy}>
                {copied ? t('common:copied') : t('common:copy')}
              </Button>
            )}
          </CopyButton>
        </div>
        <p className={styles.dim}>{t('tokens.secretUse')}</p>
        <div className={styles.end}>
          <Button size="xs" onClick={onClose}>
            {t('tokens.done')}
          </Button>
        </div>
      </div>
    </Modal>
  );
}
