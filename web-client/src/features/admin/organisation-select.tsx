import { NativeSelect } from '@mantine/core';
import { useQuery } from 'urql';
import { useText } from '@/i18n/use-text';
import { graphql } from '@/graphql/generated';

/** As many as one answer holds; who belongs to another one keeps it. */
const OrganisationChoicesDocument = graphql(`
  query OrganisationChoices {
    organisations(first: 100) {
      nodes {
        id
        name
      }
    }
  }
`);

type Choice = { id: string; name: string };
type Props = {
  value: string;
  present?: Choice | null;
  error?: string | undefined;
  onChange: (id: string) => void;
};

/** Whom a user belongs to. */
export function OrganisationSelect({ value, present, error, onChange }: Props) {
  const { t } = useText('admin');
  const [{ data }] = useQuery({ query: OrganisationChoicesDocument });
  const known: readonly Choice[] = data?.organisations.nodes ?? [];
  const choices = present && !known.some(({ id }) => id === present.id) ? [present, ...known] : known;
  return (
    <NativeSelect
      label={t('field.organisation')}
      value={value}
      error={error}
      onChange={(event) => onChange(event.currentTarget.value)}
      data={[
        { value: '', label: t('users.noOrganisation') },
        ...choices.map(({ id, name }) => ({ value: id, label: name })),
      ]}
    />
  );
}
