import { Button, Checkbox, NumberInput } from '@mantine/core';
import { useState } from 'react';
import { useQuery } from 'urql';
import { useText } from '@/i18n/use-text';
import { FormDialog, useFieldError, useFields } from '@/components/form-dialog';
import { graphql, unmask } from '@/graphql/generated';
import type { LabelKind, ModelSchedule_scheduleFragment } from '@/graphql/generated/graphql';
import { useChange } from '@/graphql/use-change';
import { useFormats } from '@/lib/time';
import styles from './models.module.css';

const ScheduleFields = graphql(`
  fragment ModelSchedule_schedule on ModelSchedule {
    id
    kind
    everyHours
    minimumNewLabels
    enabled
    nextRunAt
  }
`);

const SchedulesDocument = graphql(`
  query ModelSchedules {
    modelSchedules {
      id
      ...ModelSchedule_schedule
    }
  }
`);

const SetScheduleDocument = graphql(`
  mutation SetModelSchedule($input: SetModelScheduleInput!) {
    setModelSchedule(input: $input) {
      schedule {
        ...ModelSchedule_schedule
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

type ScheduleOf = ModelSchedule_scheduleFragment;
const FIRST = { everyHours: 24, minimumNewLabels: 50, enabled: true };

/** When a kind is trained without anybody asking. */
export function Schedule({ kind }: { kind: LabelKind }) {
  const { t } = useText('models');
  const formats = useFormats();
  const [{ data }] = useQuery({ query: SchedulesDocument });
  const [isOpen, setOpen] = useState(false);
  if (!data) return null;
  const schedule = unmask(ScheduleFields, data.modelSchedules).find((one) => one.kind === kind) ?? null;
  return (
    <p className={styles.note}>
      {schedule?.enabled
        ? t('schedule.on', {
            hours: formats.number(schedule.everyHours),
            labels: formats.number(schedule.minimumNewLabels),
            time: formats.dateTime(schedule.nextRunAt),
          })
        : t('schedule.off')}{' '}
      <Button size="compact-xs" variant="subtle" onClick={() => setOpen(true)}>
        {t('schedule.change')}
      </Button>
      {isOpen ? <ScheduleDialog kind={kind} schedule={schedule} onClose={() => setOpen(false)} /> : null}
    </p>
  );
}

type Props = { kind: LabelKind; schedule: ScheduleOf | null; onClose: () => void };

function ScheduleDialog({ kind, schedule, onClose }: Props) {
  const { t } = useText('models');
  const change = useChange(SetScheduleDocument);
  const errorAt = useFieldError(change);
  const [fields, set] = useFields({
    everyHours: String(schedule?.everyHours ?? FIRST.everyHours),
    minimumNewLabels: String(schedule?.minimumNewLabels ?? FIRST.minimumNewLabels),
    enabled: schedule?.enabled ?? FIRST.enabled,
  });
  const submit = async () => {
    const input = {
      kind,
      everyHours: Number(fields.everyHours),
      minimumNewLabels: Number(fields.minimumNewLabels),
      enabled: fields.enabled,
    };
    if (await change.send({ input })) onClose();
  };
  return (
    <FormDialog
      title={t('schedule.title', { kind: t(`kind.${kind}`) })}
      action={t('common:save')}
      fields={['everyHours', 'minimumNewLabels', 'enabled']}
      refused={change}
      onSubmit={submit}
      onClose={onClose}
    >
      <Checkbox
        size="xs"
        label={t('schedule.enabled')}
        checked={fields.enabled}
        error={errorAt('enabled')}
        onChange={(event) => set('enabled', event.currentTarget.checked)}
      />
      <NumberInput
        label={t('schedule.everyHours')}
        hideControls
        value={fields.everyHours}
        error={errorAt('everyHours')}
        onChange={(value) => set('everyHours', String(value))}
      />
      <NumberInput
        label={t('schedule.minimumNewLabels')}
        description={t('schedule.labelsHint')}
        hideControls
        value={fields.minimumNewLabels}
        error={errorAt('minimumNewLabels')}
        onChange={(value) => set('minimumNewLabels', String(value))}
      />
    </FormDialog>
  );
}
