import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { RouterProvider } from 'react-router';

import { GraphProvider } from '../graphql/GraphProvider';
import { router } from './router';
import { theme } from './theme';

export function App() {
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <Notifications position="bottom-right" />
      <GraphProvider>
        <RouterProvider router={router} />
      </GraphProvider>
    </MantineProvider>
  );
}
