import type { TypedDocumentNode } from '@urql/core';
import type { ReactNode } from 'react';
import { useChange } from '@/graphql/use-change';
import { FormDialog } from './form-dialog';

type Props<Data, Input> = {
  /** The mutation that is sent once somebody has agreed. */
  document: TypedDocumentNode<Data, { input: Input }>;
  input: Input;
  title: string;
  /** What the button says that does it. */
  action: string;
  isDangerous?: boolean;
  onClose: () => void;
  /** What comes of it. */
  children: ReactNode;
};

/** Asks before something is done that needs nothing typed. */
export function ConfirmDialog<Data extends Record<string, unknown>, Input>({
  document,
  input,
  onClose,
  children,
  ...texts
}: Props<Data, Input>) {
  const change = useChange(document);
  const submit = async () => {
    if (await change.send({ input })) onClose();
  };
  return (
    <FormDialog {...texts} refused={change} onSubmit={submit} onClose={onClose}>
      <p>{children}</p>
    </FormDialog>
  );
}
