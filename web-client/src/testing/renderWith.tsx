import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { render } from '@testing-library/react';
import type { OperationResult } from '@urql/core';
import { print } from 'graphql';
import type { ReactElement } from 'react';
import { MemoryRouter } from 'react-router';
import { type Client, Provider } from 'urql';
import { fromValue, never } from 'wonka';

import { startI18n } from '../i18n';

export type Answer = (operation: string, variables: Record<string, unknown>) => object;

/** Shows an element whose requests `answer` answers, by the operation's text. Streams stay silent. */
export async function renderWith(element: ReactElement, answer: Answer) {
  await startI18n('en');
  const run = (request: {
    query: Parameters<typeof print>[0];
    variables: Record<string, unknown>;
  }) =>
    fromValue({
      data: answer(print(request.query), request.variables),
      stale: false,
    } as OperationResult);
  const client = {
    executeQuery: run,
    executeMutation: run,
    executeSubscription: () => never,
    subscription: () => never,
  };
  return render(
    <MantineProvider env="test">
      <Notifications />
      <Provider value={client as unknown as Client}>
        <MemoryRouter>{element}</MemoryRouter>
      </Provider>
    </MantineProvider>,
  );
}
