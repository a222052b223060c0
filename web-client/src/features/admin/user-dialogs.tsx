import { NativeSelect, PasswordInput, TextInput } from '@mantine/core';
import { useText } from '@/i18n/use-text';
import { ConfirmDialog } from '@/components/confirm-dialog';
import { FormDialog, useFieldError, useFields } from '@/components/form-dialog';
import { graphql } from '@/graphql/generated';
import type { Role } from '@/graphql/generated/graphql';
import { useChange } from '@/graphql/use-change';
import { OrganisationSelect } from './organisation-select';
import type { AdminUser } from './users';

const CreateUserDocument = graphql(`
  mutation CreateUser($input: CreateUserInput!) {
    createUser(input: $input) {
      user {
        ...AdminUser_user
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

const UpdateUserDocument = graphql(`
  mutation UpdateUser($input: UpdateUserInput!) {
    updateUser(input: $input) {
      user {
        ...AdminUser_user
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

const ROLES: readonly Role[] = ['ADMIN', 'LEAD', 'AGENT', 'CUSTOMER'];
type Closing = { onClose: () => void };
type Props = Closing & { user: AdminUser };
type NewUser = { name: string; email: string; role: Role; organisationId: string; password: string };
type Edited = Pick<NewUser, 'name' | 'role' | 'organisationId'>;

/** A new user, who can sign in at once if they are given a password. */
export function CreateUserDialog({ onClose }: Closing) {
  const { t } = useText('admin');
  const change = useChange(CreateUserDocument);
  const errorAt = useFieldError(change);
  const [fields, set] = useFields<NewUser>({
    name: '',
    email: '',
    role: 'AGENT',
    organisationId: '',
    password: '',
  });
  const submit = async () => {
    const { organisationId, password, ...rest } = fields;
    const input = {
      ...rest,
      ...(organisationId === '' ? {} : { organisationId }),
      ...(password === '' ? {} : { password }),
    };
    if (await change.send({ input })) onClose();
  };
  return (
    <FormDialog
      title={t('users.createTitle')}
      action={t('users.create')}
      fields={['name', 'email', 'role', 'organisationId', 'password']}
      refused={change}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextInput
        data-autofocus
        label={t('field.name')}
        value={fields.name}
        error={errorAt('name')}
        onChange={(event) => set('name', event.currentTarget.value)}
      />
      <TextInput
        type="email"
        label={t('field.email')}
        autoComplete="off"
        value={fields.email}
        error={errorAt('email')}
        onChange={(event) => set('email', event.currentTarget.value)}
      />
      <RoleSelect value={fields.role} error={errorAt('role')} onChange={(role) => set('role', role)} />
      <OrganisationSelect
        value={fields.organisationId}
        error={errorAt('organisationId')}
        onChange={(id) => set('organisationId', id)}
      />
      <Password
        hint={t('users.passwordHint')}
        value={fields.password}
        error={errorAt('password')}
        onChange={(password) => set('password', password)}
      />
    </FormDialog>
  );
}

export function EditUserDialog({ user, onClose }: Props) {
  const { t } = useText('admin');
  const change = useChange(UpdateUserDocument);
  const errorAt = useFieldError(change);
  const [fields, set] = useFields<Edited>({
    name: user.name,
    role: user.role ?? 'CUSTOMER',
    organisationId: user.organisation?.id ?? '',
  });
  const submit = async () => {
    const { name, role, organisationId } = fields;
    // What stays as it is is not sent: another role ends the user's sessions.
    const input = {
      id: user.id,
      ...(name === user.name ? {} : { name }),
      ...(role === user.role ? {} : { role }),
      ...(organisationId === (user.organisation?.id ?? '') ? {} : { organisationId: organisationId || null }),
    };
    if (Object.keys(input).length === 1 || (await change.send({ input }))) onClose();
  };
  return (
    <FormDialog
      title={t('users.editTitle', { name: user.name })}
      action={t('common:save')}
      fields={['name', 'role', 'organisationId']}
      refused={change}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextInput
        data-autofocus
        label={t('field.name')}
        value={fields.name}
        error={errorAt('name')}
        onChange={(event) => set('name', event.currentTarget.value)}
      />
      <TextInput
        label={t('field.email')}
        description={t('users.emailFixed')}
        readOnly
        value={user.email ?? ''}
      />
      <RoleSelect
        value={fields.role}
        hint={t('users.roleHint')}
        error={errorAt('role')}
        onChange={(role) => set('role', role)}
      />
      <OrganisationSelect
        value={fields.organisationId}
        present={user.organisation}
        error={errorAt('organisationId')}
        onChange={(id) => set('organisationId', id)}
      />
    </FormDialog>
  );
}

export function PasswordDialog({ user, onClose }: Props) {
  const { t } = useText('admin');
  const change = useChange(UpdateUserDocument);
  const errorAt = useFieldError(change);
  const [{ password }, set] = useFields({ password: '' });
  const submit = async () => {
    if (await change.send({ input: { id: user.id, password } })) onClose();
  };
  return (
    <FormDialog
      title={t('users.passwordTitle', { name: user.name })}
      action={t('users.setPassword')}
      fields={['password']}
      refused={change}
      onSubmit={submit}
      onClose={onClose}
    >
      <Password
        isFirst
        hint={t('users.newPasswordHint')}
        value={password}
        error={errorAt('password')}
        onChange={(value) => set('password', value)}
      />
    </FormDialog>
  );
}

/** Asks before somebody is shut out, or let in again. */
export function ActiveDialog({ user, onClose }: Props) {
  const { t } = useText('admin');
  const isActive = user.active === true;
  return (
    <ConfirmDialog
      document={UpdateUserDocument}
      input={{ id: user.id, active: !isActive }}
      title={t(isActive ? 'users.disableTitle' : 'users.enableTitle', { name: user.name })}
      action={t(isActive ? 'users.disable' : 'users.enable')}
      isDangerous={isActive}
      onClose={onClose}
    >
      {t(isActive ? 'users.disableText' : 'users.enableText')}
    </ConfirmDialog>
  );
}

type RoleProps = {
  value: Role;
  hint?: string;
  error: string | undefined;
  onChange: (role: Role) => void;
};

function RoleSelect({ value, hint, error, onChange }: RoleProps) {
  const { t } = useText('admin');
  return (
    <NativeSelect
      label={t('field.role')}
      description={hint}
      value={value}
      error={error}
      onChange={(event) => onChange(event.currentTarget.value as Role)}
      data={ROLES.map((role) => ({ value: role, label: t(`common:role.${role}`) }))}
    />
  );
}

type PasswordProps = {
  isFirst?: boolean;
  hint: string;
  value: string;
  error: string | undefined;
  onChange: (password: string) => void;
};

function Password({ isFirst, hint, value, error, onChange }: PasswordProps) {
  const { t } = useText('admin');
  return (
    <PasswordInput
      {...(isFirst ? { 'data-autofocus': true } : {})}
      label={t('field.password')}
      description={hint}
      autoComplete="new-password"
      value={value}
      error={error}
      visibilityToggleButtonProps={{ 'aria-label': t('users.showPassword') }}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
