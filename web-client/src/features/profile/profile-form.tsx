import { Button, Checkbox, NativeSelect, TextInput } from '@mantine/core';
import { useState, type SubmitEvent } from 'react';
import { useText } from '@/i18n/use-text';
import { languages } from '@/i18n/i18n';
import { useFieldError, useFields } from '@/components/form-dialog';
import { useMistakeText } from '@/components/mistakes';
import { errorKey } from '@/components/state';
import type { NotificationKind, ProfileQuery, Theme } from '@/graphql/generated/graphql';
import { useChange } from '@/graphql/use-change';
import { languageOf, UpdateProfile, useApplyPreferences } from './preferences';
import styles from './profile.module.css';

type Props = { viewer: NonNullable<ProfileQuery['viewer']>; onSaved: (name: string) => void };

const THEMES: readonly Theme[] = ['SYSTEM', 'LIGHT', 'DARK'];
const FIELDS = ['name', 'locale', 'timeZone', 'theme', 'mutedNotifications'];

/** The viewer's name, and how they want the desk. */
export function ProfileForm({ viewer: { user, preferences }, onSaved }: Props) {
  const { t } = useText('profile');
  const mistakeText = useMistakeText();
  const apply = useApplyPreferences();
  const [fields, set] = useFields({
    name: user.name,
    language: languageOf(preferences.locale) ?? '',
    timeZone: preferences.timeZone ?? '',
    theme: preferences.theme,
    muted: preferences.mutedNotifications,
  });
  const update = useChange(UpdateProfile);
  const [isSaved, setSaved] = useState(false);
  const errorOf = useFieldError(update);
  const others = update.mistakes.filter(({ path }) => !FIELDS.includes(path));
  const change: typeof set = (name, value) => {
    setSaved(false);
    set(name, value);
  };
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const { name, theme, muted } = fields;
    // A tag such as de-AT says more than this form offers, and stays while its language does.
    const known = fields.language === languageOf(preferences.locale) ? preferences.locale : fields.language;
    const wanted = { locale: orNull(known), timeZone: orNull(fields.timeZone), theme };
    const data = await update.send({ input: { name, ...wanted, mutedNotifications: [...muted] } });
    if (!data) return;
    apply(wanted);
    setSaved(true);
    onSaved(data.updateProfile.user?.name ?? name);
  };
  const kinds: NotificationKind[] = ['TICKET_ASSIGNED', 'TICKET_REPLIED', 'MENTIONED'];
  if (user.role === 'ADMIN') kinds.push('MODEL_ROLLED_BACK');
  return (
    <form className={styles.section} onSubmit={submit} noValidate aria-labelledby="profile-heading">
      <h2 id="profile-heading">{t('you')}</h2>
      <TextInput
        label={t('name')}
        maxLength={200}
        value={fields.name}
        error={errorOf('name')}
        onChange={(event) => change('name', event.currentTarget.value)}
      />
      <TextInput label={t('email')} description={t('emailHelp')} value={user.email ?? ''} readOnly />
      <NativeSelect
        label={t('common:language')}
        value={fields.language}
        error={errorOf('locale')}
        data={[
          { value: '', label: t('asBrowser') },
          ...Object.entries(languages).map(([value, label]) => ({ value, label })),
        ]}
        onChange={(event) => change('language', languageOf(event.currentTarget.value) ?? '')}
      />
      <NativeSelect
        label={t('timeZone')}
        description={t('timeZoneHelp')}
        value={fields.timeZone}
        error={errorOf('timeZone')}
        data={[
          { value: '', label: t('asComputer', { zone: ownZone() }) },
          ...zonesWith(fields.timeZone).map((value) => ({ value, label: value.replaceAll('_', ' ') })),
        ]}
        onChange={(event) => change('timeZone', event.currentTarget.value)}
      />
      <NativeSelect
        label={t('common:theme.title')}
        value={fields.theme}
        error={errorOf('theme')}
        data={THEMES.map((value) => ({ value, label: t(`theme.${value}`) }))}
        onChange={(event) =>
          change('theme', THEMES.find((one) => one === event.currentTarget.value) ?? 'SYSTEM')
        }
      />
      <Checkbox.Group
        label={t('notifications')}
        value={kinds.filter((kind) => !fields.muted.includes(kind))}
        error={errorOf('mutedNotifications')}
        onChange={(wanted) =>
          change(
            'muted',
            kinds.filter((kind) => !wanted.includes(kind)),
          )
        }
      >
        <div className={styles.choices}>
          {kinds.map((kind) => (
            <Checkbox key={kind} size="xs" value={kind} label={t(`kind.${kind}`)} />
          ))}
        </div>
      </Checkbox.Group>
      {update.failure !== null || others.length > 0 ? (
        <p role="alert" className={styles.problem}>
          {update.failure === null
            ? others.map(mistakeText).join(' ')
            : t(`common:${errorKey(update.failure)}`)}
        </p>
      ) : null}
      <div className={styles.foot}>
        <span role="status" className={styles.done}>
          {isSaved ? t('saved') : null}
        </span>
        <Button type="submit" size="xs" loading={update.isSending}>
          {t('common:save')}
        </Button>
      </div>
    </form>
  );
}

function ownZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** All zones of this browser, and the chosen one, which may be new to it. */
function zonesWith(chosen: string): string[] {
  const zones = Intl.supportedValuesOf('timeZone');
  return chosen === '' || zones.includes(chosen) ? zones : [chosen, ...zones];
}

/** Nothing chosen: the client's own. */
function orNull(value: string | null): string | null {
  return value === '' ? null : value;
}
