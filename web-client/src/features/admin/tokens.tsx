import { Button } from '@mantine/core';
import { useState } from 'react';
import { useQuery } from 'urql';
import { useText } from '@/i18n/use-text';
import { ConfirmDialog } from '@/components/confirm-dialog';
import { Age } from '@/components/marks';
import { RecordList, RecordTable } from '@/components/records';
import { RowMenu } from '@/components/row-menu';
import { SectionHead } from '@/components/section';
import { codeOf } from '@/graphql/errors';
import { graphql } from '@/graphql/generated';
import type { TokensQuery } from '@/graphql/generated/graphql';
import { useFormats, useNow } from '@/lib/time';
import { CreateTokenDialog } from './create-token-dialog';
import styles from './admin.module.css';

const TokensDocument = graphql(`
  query Tokens {
    viewer {
      tokens {
        id
        name
        scopes
        createdAt
        expiresAt
        revokedAt
      }
    }
  }
`);

const RevokeTokenDocument = graphql(`
  mutation RevokeToken($input: RevokeTokenInput!) {
    revokeToken(input: $input) {
      token {
        id
        revokedAt
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

type Token = NonNullable<TokensQuery['viewer']>['tokens'][number];
type Open = { what: 'create' } | { what: 'revoke'; token: Token };

/** What programs use the graph with: one's own tokens. */
export function Tokens({ isAdmin, viewerId }: { isAdmin: boolean; viewerId: string }) {
  const { t } = useText('admin');
  const formats = useFormats();
  const now = useNow();
  const [{ data, error }, again] = useQuery({ query: TokensDocument, requestPolicy: 'cache-and-network' });
  const [open, setOpen] = useState<Open | null>(null);
  const tokens = data?.viewer?.tokens;
  const stateOf = ({ revokedAt, expiresAt }: Token) => {
    if (revokedAt !== null) return 'revoked';
    return expiresAt !== null && Date.parse(expiresAt) <= now ? 'expired' : 'active';
  };
  return (
    <>
      <SectionHead title={t('section.tokens')} text={t('tokens.text')}>
        <Button size="xs" onClick={() => setOpen({ what: 'create' })}>
          {t('tokens.create')}
        </Button>
      </SectionHead>
      <RecordList
        rows={tokens}
        failure={codeOf(error)}
        onRetry={() => again({ requestPolicy: 'network-only' })}
        empty={{ title: t('tokens.none'), text: t('tokens.noneText') }}
      >
        <RecordTable
          label={t('section.tokens')}
          rows={tokens ?? []}
          isFaint={(token) => stateOf(token) !== 'active'}
          columns={[
            { id: 'name', heading: t('field.name'), cell: (token) => token.name },
            {
              id: 'scopes',
              heading: t('tokens.scopes'),
              isOptional: true,
              cell: (token) => token.scopes.map((scope) => t(`scope.${scope}`)).join(', '),
            },
            {
              id: 'created',
              heading: t('field.created'),
              isOptional: true,
              cell: (token) => <Age time={token.createdAt} words />,
            },
            {
              id: 'expires',
              heading: t('tokens.expires'),
              cell: (token) =>
                token.expiresAt === null ? (
                  <span className={styles.faint}>{t('tokens.neverExpires')}</span>
                ) : (
                  formats.date(token.expiresAt)
                ),
            },
            { id: 'state', heading: t('field.state'), cell: (token) => t(`state.${stateOf(token)}`) },
            {
              id: 'actions',
              heading: t('field.actions'),
              isHeadingHidden: true,
              align: 'right',
              cell: (token) =>
                stateOf(token) === 'active' ? (
                  <RowMenu
                    name={token.name}
                    actions={[
                      {
                        label: t('tokens.revoke'),
                        run: () => setOpen({ what: 'revoke', token }),
                        isDangerous: true,
                      },
                    ]}
                  />
                ) : null,
            },
          ]}
        />
      </RecordList>
      {open?.what === 'create' ? (
        <CreateTokenDialog isAdmin={isAdmin} viewerId={viewerId} onClose={() => setOpen(null)} />
      ) : null}
      {open?.what === 'revoke' ? <RevokeDialog token={open.token} onClose={() => setOpen(null)} /> : null}
    </>
  );
}

function RevokeDialog({ token, onClose }: { token: Token; onClose: () => void }) {
  const { t } = useText('admin');
  return (
    <ConfirmDialog
      document={RevokeTokenDocument}
      input={{ id: token.id }}
      title={t('tokens.revokeTitle', { name: token.name })}
      action={t('tokens.revoke')}
      isDangerous
      onClose={onClose}
    >
      {t('tokens.revokeText')}
    </ConfirmDialog>
  );
}
