import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useText } from '@/i18n/use-text';
import { RowMenu, type RowAction } from '@/components/row-menu';
import { Section } from '@/components/section';
import { graphql } from '@/graphql/generated';
import type { LabelKind, ModelRollout_rolloutFragment } from '@/graphql/generated/graphql';
import { useFormats, useNow } from '@/lib/time';
import { Comparison } from './comparison';
import { GuardsDialog } from './guards-dialog';
import { measureOf } from './measures';
import { RolloutDialog, type RolloutStep } from './rollout-dialog';
import { pathOfVersion } from './version-path';
import styles from './models.module.css';

export const RolloutFields = graphql(`
  fragment ModelRollout_rollout on ModelRollout {
    kind
    revision
    stage
    percent
    enabled
    stageSince
    championSince
    coolDownUntil
    champion {
      id
      number
      threshold
      metrics
    }
    candidate {
      id
      number
      threshold
      metrics
      shadowAgreement {
        scored
        agreed
        disagreed
      }
    }
    previous {
      id
      number
      threshold
      metrics
    }
    guards {
      alpha
      minimumDecided
      minimumSample
      shift
      labelMixSample
      labelMix
      latencyMs
      latencyFactor
      coolDownMinutes
    }
    comparison {
      trial {
        ...ModelArm_arm
      }
      control {
        ...ModelArm_arm
      }
      findings {
        signal
        message
      }
    }
  }
`);

export type Rollout = ModelRollout_rolloutFragment;
type Version = NonNullable<Rollout['champion']>;

type Props = { kind: LabelKind; rollout: Rollout | null; isAdmin: boolean };

/** Which version suggests, which one is on trial, and what can be done about it. */
export function RolloutPanel({ kind, rollout, isAdmin }: Props) {
  const { t } = useText('models');
  const formats = useFormats();
  const now = useNow();
  const [step, setStep] = useState<RolloutStep | null>(null);
  const [isGuarding, setGuarding] = useState(false);
  if (!rollout) return <p className={styles.note}>{t('rollout.nothing')}</p>;
  const { champion, candidate, previous, stage } = rollout;
  const actions: RowAction[] = [
    { label: t('guards.change'), run: () => setGuarding(true) },
    rollout.enabled
      ? { label: t('step.disable.do'), run: () => setStep({ what: 'disable' }), isDangerous: true }
      : { label: t('step.enable.do'), run: () => setStep({ what: 'enable' }) },
  ];
  return (
    <Section
      title={t('rollout.title')}
      action={isAdmin ? <RowMenu name={t(`kind.${kind}`)} actions={actions} /> : null}
    >
      {rollout.enabled ? null : (
        <p className={styles.warning} role="status">
          {t('rollout.disabled')}
        </p>
      )}
      {rollout.coolDownUntil !== null && Date.parse(rollout.coolDownUntil) > now ? (
        <p className={styles.warning}>
          {t('rollout.coolDown', { time: formats.dateTime(rollout.coolDownUntil) })}
        </p>
      ) : null}
      <div className={styles.slots}>
        <Slot name={t('rollout.champion')} version={champion} empty={t('rollout.noChampion')}>
          {champion && rollout.championSince
            ? t('rollout.since', { time: formats.dateTime(rollout.championSince) })
            : null}
        </Slot>
        <Slot name={t('rollout.candidate')} version={candidate} empty={t('rollout.noCandidate')}>
          {candidate ? (
            <>
              {stage === 'CANARY'
                ? t('rollout.canary', { share: formats.percent(rollout.percent / 100) })
                : t('rollout.shadow')}
              {candidate.shadowAgreement && candidate.shadowAgreement.scored > 0 ? (
                <span className={styles.line}>
                  {t('rollout.agreement', {
                    agreed: formats.number(candidate.shadowAgreement.agreed),
                    scored: formats.number(candidate.shadowAgreement.scored),
                  })}
                </span>
              ) : null}
              {isAdmin ? (
                <span className={styles.buttons}>
                  <Button size="compact-xs" variant="default" onClick={() => setStep({ what: 'canary' })}>
                    {t(stage === 'CANARY' ? 'step.canary.share' : 'step.canary.do')}
                  </Button>
                  <Button size="compact-xs" onClick={() => setStep({ what: 'promote' })}>
                    {t('step.promote.do')}
                  </Button>
                  <Button size="compact-xs" variant="default" onClick={() => setStep({ what: 'rollBack' })}>
                    {t('step.rollBack.do')}
                  </Button>
                </span>
              ) : null}
            </>
          ) : null}
        </Slot>
        <Slot name={t('rollout.previous')} version={previous} empty={t('rollout.noPrevious')}>
          {previous && isAdmin && stage === 'IDLE' ? (
            <span className={styles.buttons}>
              <Button size="compact-xs" variant="default" onClick={() => setStep({ what: 'rollBack' })}>
                {t('step.rollBack.do')}
              </Button>
            </span>
          ) : null}
        </Slot>
      </div>
      {rollout.comparison ? <Comparison comparison={rollout.comparison} /> : null}
      {step ? <RolloutDialog rollout={rollout} step={step} onClose={() => setStep(null)} /> : null}
      {isGuarding ? <GuardsDialog rollout={rollout} onClose={() => setGuarding(false)} /> : null}
    </Section>
  );
}

type SlotProps = { name: string; version: Version | null; empty: string; children: React.ReactNode };

function Slot({ name, version, empty, children }: SlotProps) {
  const { t } = useText('models');
  const formats = useFormats();
  const accuracy = version && measureOf(version.metrics, 'accuracy');
  return (
    <section className={styles.slot} aria-label={name}>
      <h3>{name}</h3>
      {version ? (
        <>
          <Link {...pathOfVersion(version.id)} className={styles.version}>
            {t('version', { number: version.number })}
          </Link>
          {accuracy === null ? null : (
            <span className={styles.line}>{t('rollout.accuracy', { share: formats.percent(accuracy) })}</span>
          )}
          <span className={styles.line}>{children}</span>
        </>
      ) : (
        <span className={styles.dim}>{empty}</span>
      )}
    </section>
  );
}
