import { Button, Checkbox, TextInput } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useQuery } from 'urql';
import { useText } from '@/i18n/use-text';
import { ConfirmDialog } from '@/components/confirm-dialog';
import { FormDialog, useFieldError, useFields } from '@/components/form-dialog';
import { RecordList } from '@/components/records';
import { Section } from '@/components/section';
import { codeOf } from '@/graphql/errors';
import { graphql } from '@/graphql/generated';
import type { CategoryProposalsQuery } from '@/graphql/generated/graphql';
import { useChange } from '@/graphql/use-change';
import { useFormats } from '@/lib/time';
import styles from './models.module.css';

const CategoryProposalsDocument = graphql(`
  query CategoryProposals {
    categoryProposals {
      id
      size
      cohesion
      words
      tickets(first: 5) {
        id
        number
        subject
      }
    }
  }
`);

const AdoptProposalDocument = graphql(`
  mutation AdoptCategoryProposal($input: AdoptCategoryProposalInput!) {
    adoptCategoryProposal(input: $input) {
      categoryProposal {
        id
        state
      }
      labelled
      errors {
        code
        message
        path
      }
    }
  }
`);

const DismissProposalDocument = graphql(`
  mutation DismissCategoryProposal($input: DismissCategoryProposalInput!) {
    dismissCategoryProposal(input: $input) {
      categoryProposal {
        id
        state
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

type Proposal = CategoryProposalsQuery['categoryProposals'][number];
type Open = { what: 'adopt' | 'dismiss'; proposal: Proposal };

/** Groups of tickets that fit no category: perhaps one is missing. Admins only. */
export function Proposals() {
  const { t } = useText('models');
  const formats = useFormats();
  const [{ data, error }, again] = useQuery({
    query: CategoryProposalsDocument,
    requestPolicy: 'cache-and-network',
  });
  const [open, setOpen] = useState<Open | null>(null);
  const close = () => setOpen(null);
  return (
    <Section title={t('proposals.title')} text={t('proposals.text')}>
      <RecordList
        rows={data?.categoryProposals}
        failure={codeOf(error)}
        onRetry={() => again({ requestPolicy: 'network-only' })}
        isPart
        empty={{ title: t('proposals.none'), text: t('proposals.noneText') }}
      >
        <ul className={styles.steps} aria-label={t('proposals.title')}>
          {data?.categoryProposals.map((proposal) => (
            <li key={proposal.id}>
              <div className={styles.stepHead}>
                <strong>{proposal.words.join(', ')}</strong>
                <span className={styles.dim}>
                  {t('proposals.size', { count: proposal.size })} ·{' '}
                  {t('proposals.cohesion', { share: formats.percent(proposal.cohesion) })}
                </span>
                <span className={`${styles.buttons} ${styles.right}`}>
                  <Button size="compact-xs" onClick={() => setOpen({ what: 'adopt', proposal })}>
                    {t('proposals.adopt')}
                  </Button>
                  <Button
                    size="compact-xs"
                    variant="default"
                    onClick={() => setOpen({ what: 'dismiss', proposal })}
                  >
                    {t('proposals.dismiss')}
                  </Button>
                </span>
              </div>
              <ul className={styles.samples}>
                {proposal.tickets.map((ticket) => (
                  <li key={ticket.id}>
                    <Link to="/tickets/$number" params={{ number: String(ticket.number) }}>
                      #{ticket.number} {ticket.subject}
                    </Link>
                  </li>
                ))}
              </ul>
            </li>
          ))}
        </ul>
      </RecordList>
      {open?.what === 'adopt' ? <AdoptDialog proposal={open.proposal} onClose={close} /> : null}
      {open?.what === 'dismiss' ? <DismissDialog proposal={open.proposal} onClose={close} /> : null}
    </Section>
  );
}

type DialogProps = { proposal: Proposal; onClose: () => void };

function AdoptDialog({ proposal, onClose }: DialogProps) {
  const { t } = useText('models');
  const change = useChange(AdoptProposalDocument);
  const errorAt = useFieldError(change);
  const [{ name, label }, set] = useFields({ name: '', label: true });
  const submit = async () => {
    if (await change.send({ input: { id: proposal.id, name, label } })) onClose();
  };
  return (
    <FormDialog
      title={t('proposals.adoptTitle')}
      action={t('proposals.adopt')}
      fields={['name', 'label']}
      refused={change}
      onSubmit={submit}
      onClose={onClose}
    >
      <p>{t('proposals.adoptText')}</p>
      <TextInput
        data-autofocus
        label={t('proposals.name')}
        description={proposal.words.join(', ')}
        value={name}
        error={errorAt('name')}
        onChange={(event) => set('name', event.currentTarget.value)}
      />
      <Checkbox
        size="xs"
        label={t('proposals.label')}
        checked={label}
        error={errorAt('label')}
        onChange={(event) => set('label', event.currentTarget.checked)}
      />
    </FormDialog>
  );
}

function DismissDialog({ proposal, onClose }: DialogProps) {
  const { t } = useText('models');
  return (
    <ConfirmDialog
      document={DismissProposalDocument}
      input={{ id: proposal.id }}
      title={t('proposals.dismissTitle')}
      action={t('proposals.dismiss')}
      onClose={onClose}
    >
      {t('proposals.dismissText', { words: proposal.words.join(', ') })}
    </ConfirmDialog>
  );
}
