import { NumberInput, Textarea } from '@mantine/core';
import { useState } from 'react';
import { useText } from '@/i18n/use-text';
import { FormDialog, useFieldError, useFields } from '@/components/form-dialog';
import { useFormats } from '@/lib/time';
import type { Rollout } from './rollout';
import { useRolloutSteps } from './use-rollout-steps';

/** What is to be done; `version` where it is not about the candidate. */
export type RolloutStep =
  | { what: 'shadow'; version: { id: string; number: number } }
  | { what: 'canary' | 'promote'; version?: { id: string; number: number } }
  | { what: 'rollBack' | 'disable' | 'enable' };

const FIRST_PER_CENT = 10;
const DANGEROUS: readonly RolloutStep['what'][] = ['rollBack', 'disable'];

type Props = { rollout: Rollout; step: RolloutStep; onClose: () => void };

/**
 * Says what a step will do, and does it. It holds for the rollout as it was when the dialog opened: if somebody was
 * quicker, the desk refuses it once, and what is true now is shown before it can be tried again.
 */
export function RolloutDialog({ rollout, step, onClose }: Props) {
  const { t } = useText('models');
  const formats = useFormats();
  const { what } = step;
  const [seen, setSeen] = useState<number | null>(rollout.revision);
  const [isOverriding, setOverriding] = useState(false);
  const [{ percent, reason, overrideReason }, set] = useFields({
    percent: String(rollout.stage === 'CANARY' ? rollout.percent : FIRST_PER_CENT),
    reason: '',
    overrideReason: '',
  });
  const { send, ...refused } = useRolloutSteps(what);
  const errorAt = useFieldError(refused);
  const needsReason = what === 'rollBack' || what === 'disable' || what === 'enable';
  const asksOverride = isOverriding || refused.mistakes.some(({ code }) => code === 'NEEDS_OVERRIDE');
  const submit = async () => {
    const isDone = await send({
      kind: rollout.kind,
      expectedRevision: seen ?? rollout.revision,
      ...('version' in step ? { versionId: step.version.id } : {}),
      ...(what === 'canary' ? { percent: Number(percent) } : {}),
      ...(needsReason ? { reason } : {}),
      ...(asksOverride ? { overrideReason } : {}),
    });
    if (isDone) onClose();
    // What stands on the page by then is what holds now.
    else setSeen(null);
    setOverriding(asksOverride);
  };
  const version = 'version' in step ? step.version : rollout.candidate;
  const values = {
    kind: t(`kind.${rollout.kind}`),
    number: version?.number ?? 0,
    champion: rollout.champion?.number ?? 0,
    previous: rollout.previous?.number ?? 0,
    share: formats.percent(Number(percent) / 100 || 0),
  };
  return (
    <FormDialog
      title={t(`step.${what}.title`, values)}
      action={t(`step.${what}.do`)}
      isDangerous={DANGEROUS.includes(what)}
      fields={['percent', 'reason', 'overrideReason']}
      refused={refused}
      onSubmit={submit}
      onClose={onClose}
    >
      <p>
        {what === 'rollBack' && rollout.stage === 'IDLE'
          ? t('step.rollBack.previous', values)
          : t(`step.${what}.text`, values)}
      </p>
      {what === 'canary' ? (
        <NumberInput
          data-autofocus
          label={t('step.canary.percent')}
          suffix=" %"
          hideControls
          value={percent}
          error={errorAt('percent')}
          onChange={(value) => set('percent', String(value))}
        />
      ) : null}
      {needsReason ? (
        <Textarea
          data-autofocus
          label={t('step.reason')}
          description={t('step.reasonHint')}
          value={reason}
          error={errorAt('reason')}
          onChange={(event) => set('reason', event.currentTarget.value)}
        />
      ) : null}
      {asksOverride ? (
        <Textarea
          label={t('step.override')}
          description={t('step.overrideHint')}
          value={overrideReason}
          error={errorAt('overrideReason')}
          onChange={(event) => set('overrideReason', event.currentTarget.value)}
        />
      ) : null}
    </FormDialog>
  );
}
