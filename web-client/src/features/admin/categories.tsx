import { Button, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useQuery } from 'urql';
import { useText } from '@/i18n/use-text';
import { ConfirmDialog } from '@/components/confirm-dialog';
import { FormDialog, useFieldError, useFields } from '@/components/form-dialog';
import { RecordList, RecordTable } from '@/components/records';
import { RowMenu } from '@/components/row-menu';
import { SectionHead } from '@/components/section';
import { codeOf } from '@/graphql/errors';
import { graphql, unmask } from '@/graphql/generated';
import type { AdminCategory_categoryFragment } from '@/graphql/generated/graphql';
import { useChange } from '@/graphql/use-change';
import styles from './admin.module.css';

const CategoryFields = graphql(`
  fragment AdminCategory_category on Category {
    id
    name
    description
    active
  }
`);

const AllCategoriesDocument = graphql(`
  query AllCategories {
    categories(includeInactive: true) {
      ...AdminCategory_category
    }
  }
`);

const CreateCategoryDocument = graphql(`
  mutation CreateCategory($input: CreateCategoryInput!) {
    createCategory(input: $input) {
      category {
        ...AdminCategory_category
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

const UpdateCategoryDocument = graphql(`
  mutation UpdateCategory($input: UpdateCategoryInput!) {
    updateCategory(input: $input) {
      category {
        ...AdminCategory_category
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

type Category = AdminCategory_categoryFragment;
type Open = { what: 'create' } | { what: 'edit' | 'active'; category: Category };

/** What tickets are about. Retired categories stay on old tickets. */
export function Categories() {
  const { t } = useText('admin');
  const [{ data, error }, again] = useQuery({
    query: AllCategoriesDocument,
    requestPolicy: 'cache-and-network',
  });
  const [open, setOpen] = useState<Open | null>(null);
  const categories = data && unmask(CategoryFields, data.categories);
  const close = () => setOpen(null);
  return (
    <>
      <SectionHead title={t('section.categories')} text={t('categories.text')}>
        <Button size="xs" onClick={() => setOpen({ what: 'create' })}>
          {t('categories.create')}
        </Button>
      </SectionHead>
      <RecordList
        rows={categories}
        failure={codeOf(error)}
        onRetry={() => again({ requestPolicy: 'network-only' })}
        empty={{ title: t('categories.none'), text: t('categories.noneText') }}
      >
        <RecordTable
          label={t('section.categories')}
          rows={categories ?? []}
          isFaint={(category) => !category.active}
          columns={[
            { id: 'name', heading: t('field.name'), cell: (category) => category.name },
            {
              id: 'description',
              heading: t('field.description'),
              isOptional: true,
              cell: (category) => <span className={styles.clip}>{category.description}</span>,
            },
            {
              id: 'state',
              heading: t('field.state'),
              cell: (category) => (category.active ? t('state.active') : t('state.retired')),
            },
            {
              id: 'actions',
              heading: t('field.actions'),
              isHeadingHidden: true,
              align: 'right',
              cell: (category) => (
                <RowMenu
                  name={category.name}
                  actions={[
                    { label: t('edit'), run: () => setOpen({ what: 'edit', category }) },
                    {
                      label: category.active ? t('retire') : t('revive'),
                      run: () => setOpen({ what: 'active', category }),
                      isDangerous: category.active,
                    },
                  ]}
                />
              ),
            },
          ]}
        />
      </RecordList>
      {open?.what === 'create' ? <CategoryDialog category={null} onClose={close} /> : null}
      {open?.what === 'edit' ? <CategoryDialog category={open.category} onClose={close} /> : null}
      {open?.what === 'active' ? <ActiveDialog category={open.category} onClose={close} /> : null}
    </>
  );
}

function CategoryDialog({ category, onClose }: { category: Category | null; onClose: () => void }) {
  const { t } = useText('admin');
  const create = useChange(CreateCategoryDocument);
  const update = useChange(UpdateCategoryDocument);
  const change = category ? update : create;
  const errorAt = useFieldError(change);
  const [fields, set] = useFields({ name: category?.name ?? '', description: category?.description ?? '' });
  const submit = async () => {
    const done = category
      ? await update.send({ input: { id: category.id, ...fields } })
      : await create.send({ input: fields });
    if (done) onClose();
  };
  return (
    <FormDialog
      title={category ? t('editTitle', { name: category.name }) : t('categories.create')}
      action={category ? t('common:save') : t('categories.create')}
      fields={['name', 'description']}
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
      <Textarea
        label={t('field.description')}
        autosize
        minRows={2}
        maxRows={8}
        value={fields.description}
        error={errorAt('description')}
        onChange={(event) => set('description', event.currentTarget.value)}
      />
    </FormDialog>
  );
}

function ActiveDialog({ category, onClose }: { category: Category; onClose: () => void }) {
  const { t } = useText('admin');
  return (
    <ConfirmDialog
      document={UpdateCategoryDocument}
      input={{ id: category.id, active: !category.active }}
      title={t(category.active ? 'retireTitle' : 'reviveTitle', { name: category.name })}
      action={category.active ? t('retire') : t('revive')}
      isDangerous={category.active}
      onClose={onClose}
    >
      {t(category.active ? 'categories.retireText' : 'categories.reviveText')}
    </ConfirmDialog>
  );
}
