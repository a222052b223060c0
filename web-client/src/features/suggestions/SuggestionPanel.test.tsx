import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, test, vi } from 'vitest';

import { makeFragmentData } from '../../graphql/generated';
import { type Answer, renderWith } from '../../testing/renderWith';
import { SuggestionPanel, SuggestionPanelFragment } from './SuggestionPanel';

const ticket = (abstained: boolean) =>
  makeFragmentData(
    {
      id: 'T1',
      suggestions: [
        {
          id: 'S1',
          kind: 'CATEGORY',
          label: 'Billing',
          probability: 0.87,
          abstained,
          state: 'OPEN',
          runnerUps: [{ label: 'Delivery', probability: 0.08 }],
          decidingWords: [{ text: 'invoice' }],
          modelVersion: { id: 'V1', number: 3 },
        },
      ],
    },
    SuggestionPanelFragment,
  );

test('a suggestion shows label, confidence, words and runner-ups, and is accepted with a key', async () => {
  const answer = vi.fn<Answer>(() => ({
    acceptSuggestion: { suggestion: null, errors: [] },
  }));
  await renderWith(<SuggestionPanel ticket={ticket(false)} />, answer);
  for (const text of ['Billing', 'invoice', 'Or Delivery 8%', 'Model 3'])
    expect(screen.getByText(text)).toBeVisible();
  await userEvent.keyboard('a');
  expect(answer.mock.calls[0]?.[0]).toContain('acceptSuggestion');
  expect(answer.mock.calls[0]?.[1]).toEqual({ input: { id: 'S1' } });
});

test('the key accepts nothing of which the model is not sure', async () => {
  const answer = vi.fn(() => ({}));
  await renderWith(<SuggestionPanel ticket={ticket(true)} />, answer);
  expect(screen.getByText('Not sure enough to advise')).toBeVisible();
  await userEvent.keyboard('a');
  expect(answer).not.toHaveBeenCalled();
});
