import { NativeSelect } from '@mantine/core';
import { useQuery } from 'urql';
import { useText } from '@/i18n/use-text';
import { graphql } from '@/graphql/generated';

const StaffChoicesDocument = graphql(`
  query StaffChoices {
    users(filter: { roles: [ADMIN, LEAD, AGENT], active: true }, first: 100) {
      nodes {
        id
        name
      }
    }
  }
`);

type Props = {
  label: string;
  description?: string;
  value: string;
  /** What stands first, for nobody in particular. */
  first: string;
  /** Whom not to offer. */
  without?: readonly (string | undefined)[];
  error?: string | undefined;
  onChange: (id: string) => void;
};

/** Somebody of the active staff; empty for the first choice. */
export function StaffSelect({ label, description, value, first, without = [], error, onChange }: Props) {
  const { t } = useText('admin');
  const [{ data, fetching }] = useQuery({ query: StaffChoicesDocument });
  const people = (data?.users.nodes ?? []).filter(({ id }) => !without.includes(id));
  return (
    <NativeSelect
      label={label}
      description={description}
      value={value}
      error={error}
      onChange={(event) => onChange(event.currentTarget.value)}
      data={[
        { value: '', label: fetching ? t('common:loading') : first },
        ...people.map(({ id, name }) => ({ value: id, label: name })),
      ]}
    />
  );
}
