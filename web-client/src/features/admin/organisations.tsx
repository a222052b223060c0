import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useText } from '@/i18n/use-text';
import { FormDialog, useFieldError, useFields } from '@/components/form-dialog';
import { RecordList, RecordTable } from '@/components/records';
import { RowMenu } from '@/components/row-menu';
import { SectionHead } from '@/components/section';
import { graphql } from '@/graphql/generated';
import type { OrganisationsQuery } from '@/graphql/generated/graphql';
import { useChange } from '@/graphql/use-change';
import { usePages } from '@/graphql/use-pages';

const OrganisationsDocument = graphql(`
  query Organisations($after: String) {
    organisations(first: 50, after: $after) {
      nodes {
        id
        name
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

const CreateOrganisationDocument = graphql(`
  mutation CreateOrganisation($input: CreateOrganisationInput!) {
    createOrganisation(input: $input) {
      organisation {
        id
        name
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

const RenameOrganisationDocument = graphql(`
  mutation RenameOrganisation($input: RenameOrganisationInput!) {
    renameOrganisation(input: $input) {
      organisation {
        id
        name
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

type Organisation = { id: string; name: string };
const organisationsOf = (data: OrganisationsQuery) => data.organisations;

/** Companies and the like that customers belong to. */
export function Organisations() {
  const { t } = useText('admin');
  const [open, setOpen] = useState<'create' | Organisation | null>(null);
  const list = usePages(OrganisationsDocument, {}, organisationsOf);
  const create = (
    <Button size="xs" onClick={() => setOpen('create')}>
      {t('organisations.create')}
    </Button>
  );
  return (
    <>
      <SectionHead title={t('section.organisations')} text={t('organisations.text')}>
        {create}
      </SectionHead>
      <RecordList
        rows={list.nodes}
        failure={list.failure}
        onRetry={list.retry}
        empty={{ title: t('organisations.none'), text: t('organisations.noneText') }}
        hasMore={list.hasMore}
        isReading={list.isReading}
        onMore={list.more}
      >
        <RecordTable
          label={t('section.organisations')}
          rows={list.nodes ?? []}
          columns={[
            { id: 'name', heading: t('field.name'), cell: (one) => one.name },
            {
              id: 'actions',
              heading: t('field.actions'),
              isHeadingHidden: true,
              align: 'right',
              cell: (one) => (
                <RowMenu name={one.name} actions={[{ label: t('rename'), run: () => setOpen(one) }]} />
              ),
            },
          ]}
        />
      </RecordList>
      {open === null ? null : (
        <OrganisationDialog organisation={open === 'create' ? null : open} onClose={() => setOpen(null)} />
      )}
    </>
  );
}

type Props = { organisation: Organisation | null; onClose: () => void };

function OrganisationDialog({ organisation, onClose }: Props) {
  const { t } = useText('admin');
  const create = useChange(CreateOrganisationDocument);
  const rename = useChange(RenameOrganisationDocument);
  const change = organisation ? rename : create;
  const errorAt = useFieldError(change);
  const [{ name }, set] = useFields({ name: organisation?.name ?? '' });
  const submit = async () => {
    const done = organisation
      ? await rename.send({ input: { id: organisation.id, name } })
      : await create.send({ input: { name } });
    if (done) onClose();
  };
  return (
    <FormDialog
      title={
        organisation ? t('organisations.renameTitle', { name: organisation.name }) : t('organisations.create')
      }
      action={organisation ? t('common:save') : t('organisations.create')}
      fields={['name']}
      refused={change}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextInput
        data-autofocus
        label={t('field.name')}
        value={name}
        error={errorAt('name')}
        onChange={(event) => set('name', event.currentTarget.value)}
      />
    </FormDialog>
  );
}
