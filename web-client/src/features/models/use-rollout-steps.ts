import type { Refused } from '@/components/form-dialog';
import { graphql } from '@/graphql/generated';
import type { LabelKind } from '@/graphql/generated/graphql';
import { useChange } from '@/graphql/use-change';

const StartShadowDocument = graphql(`
  mutation StartShadow($input: StartShadowInput!) {
    startShadow(input: $input) {
      rollout {
        ...ModelRollout_rollout
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

const StartCanaryDocument = graphql(`
  mutation StartCanary($input: StartCanaryInput!) {
    startCanary(input: $input) {
      rollout {
        ...ModelRollout_rollout
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

const PromoteModelDocument = graphql(`
  mutation PromoteModel($input: PromoteModelInput!) {
    promoteModel(input: $input) {
      rollout {
        ...ModelRollout_rollout
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

const RollBackModelDocument = graphql(`
  mutation RollBackModel($input: RollBackModelInput!) {
    rollBackModel(input: $input) {
      rollout {
        ...ModelRollout_rollout
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

const DisableModelDocument = graphql(`
  mutation DisableModel($input: DisableModelInput!) {
    disableModel(input: $input) {
      rollout {
        ...ModelRollout_rollout
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

const EnableModelDocument = graphql(`
  mutation EnableModel($input: EnableModelInput!) {
    enableModel(input: $input) {
      rollout {
        ...ModelRollout_rollout
      }
      errors {
        code
        message
        path
      }
    }
  }
`);

export type StepName = 'shadow' | 'canary' | 'promote' | 'rollBack' | 'disable' | 'enable';

/** Everything a step may need; each takes what it knows. */
export type StepInput = {
  kind: LabelKind;
  expectedRevision: number;
  versionId?: string;
  percent?: number;
  reason?: string;
  overrideReason?: string;
};

/** One step of a rollout; `send` says whether it was done. */
export function useRolloutSteps(name: StepName): Refused & { send: (input: StepInput) => Promise<boolean> } {
  const shadow = useChange(StartShadowDocument);
  const canary = useChange(StartCanaryDocument);
  const promote = useChange(PromoteModelDocument);
  const rollBack = useChange(RollBackModelDocument);
  const disable = useChange(DisableModelDocument);
  const enable = useChange(EnableModelDocument);
  const changes = { shadow, canary, promote, rollBack, disable, enable };
  const send = async ({ versionId = '', percent = 0, reason = '', ...input }: StepInput) => {
    const version = versionId === '' ? {} : { versionId };
    switch (name) {
      case 'shadow':
        return (await shadow.send({ input: { ...input, versionId } })) !== null;
      case 'canary':
        return (await canary.send({ input: { ...input, ...version, percent } })) !== null;
      case 'promote':
        return (await promote.send({ input: { ...input, ...version } })) !== null;
      case 'rollBack':
        return (await rollBack.send({ input: { ...input, reason } })) !== null;
      case 'disable':
        return (await disable.send({ input: { ...input, reason } })) !== null;
      case 'enable':
        return (await enable.send({ input: { ...input, reason } })) !== null;
    }
  };
  const { isSending, mistakes, failure } = changes[name];
  return { isSending, mistakes, failure, send };
}
