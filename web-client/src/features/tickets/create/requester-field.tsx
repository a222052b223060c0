import { Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { useQuery } from 'urql';
import { useText } from '@/i18n/use-text';
import { graphql } from '@/graphql/generated';
import styles from './new-ticket-form.module.css';

const RequesterChoices = graphql(`
  query RequesterChoices($text: String!) {
    users(filter: { text: $text, active: true }, first: 8) {
      nodes {
        id
        name
        email
      }
    }
  }
`);

const Requester = graphql(`
  query Requester($id: ID!) {
    node(id: $id) {
      ... on User {
        id
        name
        email
      }
    }
  }
`);

type Chosen = { requesterId: string; requesterEmail: string };
type Props = Chosen & { error: string | undefined; onChoose: (chosen: Chosen) => void };

const PAUSE_MS = 200;
/** Before the address of somebody new. */
const NEW = 'new:';

/** Who needs help: somebody the desk knows, found by name or address, or a new address. */
export function RequesterField({ requesterId, requesterEmail, error, onChoose }: Props) {
  const { t } = useText('newTicket');
  const [typed, setTyped] = useState('');
  const [text] = useDebouncedValue(typed.trim(), PAUSE_MS);
  const [{ data }] = useQuery({ query: RequesterChoices, variables: { text }, pause: text === '' });
  const [{ data: chosen }] = useQuery({
    query: Requester,
    variables: { id: requesterId },
    pause: requesterId === '',
  });
  const known = chosen?.node && 'name' in chosen.node && requesterId !== '' ? [chosen.node] : [];
  const found = text === '' ? [] : (data?.users.nodes ?? []).filter(({ id }) => id !== requesterId);
  const people = new Map([...known, ...found].map((person) => [person.id, person]));
  const address = typed.includes('@') ? typed.trim() : requesterEmail;
  const isKnown = [...people.values()].some((one) => one.email?.toLowerCase() === address.toLowerCase());
  const options = [
    ...[...people.values()].map(({ id, name, email }) => ({
      value: id,
      label: email ? `${name} (${email})` : name,
    })),
    ...(address === '' || isKnown
      ? []
      : [{ value: NEW + address, label: t('newRequester', { email: address }) }]),
  ];
  const value = requesterEmail === '' ? requesterId : NEW + requesterEmail;
  return (
    <Select
      label={t('requester')}
      description={t('requesterHelp')}
      placeholder={t('requesterPlaceholder')}
      required
      withAsterisk={false}
      searchable
      clearable
      data={options}
      // The desk has looked already, in more than what is shown.
      filter={({ options: all }) => all}
      value={value === '' ? null : value}
      searchValue={typed}
      onSearchChange={setTyped}
      nothingFoundMessage={text === '' ? t('requesterType') : t('requesterNone')}
      error={error}
      clearButtonProps={{ 'aria-label': t('requesterClear'), tabIndex: 0, 'aria-hidden': false }}
      comboboxProps={{ shadow: 'md' }}
      className={styles.field ?? ''}
      onChange={(next) => {
        const isNew = next?.startsWith(NEW) ?? false;
        onChoose({
          requesterId: isNew ? '' : (next ?? ''),
          requesterEmail: isNew ? (next ?? '').slice(NEW.length) : '',
        });
      }}
    />
  );
}
