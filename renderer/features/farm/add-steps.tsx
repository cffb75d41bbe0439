// The wizard's three forms.

import { Group, NumberInput, Radio, Select, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { FormattedMessage, useIntl } from 'react-intl';
import { Money, parseAmount } from '../../ui/index.ts';
import styles from './farm.module.css';
import { NetworkFields } from './network-fields.tsx';
import { PortChoice } from './port-choice.tsx';
import {
  CONNECTION_KINDS,
  CUTTERS,
  type DraftProblem,
  isCableKind,
  isNetworkKind,
  MACHINE_PROFILES,
  type MachineDraft,
  withDriver,
  withProfile,
} from './profiles.ts';

export type StepProps = {
  readonly draft: MachineDraft;
  readonly onChange: (draft: MachineDraft) => void;
  readonly problems: readonly DraftProblem[];
};

function useProblemText(problems: readonly DraftProblem[]): (problem: DraftProblem) => string | undefined {
  const intl = useIntl();
  return (problem) =>
    problems.includes(problem) ? intl.formatMessage({ id: `farm.add.problem.${problem}` }) : undefined;
}

export function ConnectionStep({ draft, onChange, problems }: StepProps) {
  return (
    <Stack gap="md">
      <Radio.Group
        label={<FormattedMessage id="farm.add.how" />}
        value={draft.driver}
        onChange={(value) =>
          onChange(withDriver(draft, CONNECTION_KINDS.find((kind) => kind === value) ?? 'virtual'))
        }
      >
        <div className={styles['choices']}>
          {CONNECTION_KINDS.map((driver) => (
            <Radio.Card key={driver} value={driver} className={styles['choice'] ?? ''} p="md">
              <Group wrap="nowrap" align="flex-start">
                <Radio.Indicator />
                <div>
                  <Text fw={600}>
                    <FormattedMessage id={`farm.add.${driver}`} />
                  </Text>
                  <Text size="sm" c="dimmed">
                    <FormattedMessage id={`farm.add.${driver}.note`} />
                  </Text>
                </div>
              </Group>
            </Radio.Card>
          ))}
        </div>
      </Radio.Group>
      {isCableKind(draft.driver) ? (
        <PortChoice draft={draft} onChange={onChange} problems={problems} />
      ) : null}
      {isNetworkKind(draft.driver) ? (
        <NetworkFields
          key={draft.driver}
          driver={draft.driver}
          draft={draft}
          problems={problems}
          onChange={(network) => onChange({ ...draft, ...network })}
        />
      ) : null}
    </Stack>
  );
}

export function ProfileStep({ draft, onChange, problems }: StepProps) {
  const intl = useIntl();
  const cuts = draft.driver === 'grbl';
  const problem = useProblemText(problems);
  const side = (axis: 'x' | 'y' | 'z') => (
    <NumberInput
      label={intl.formatMessage({ id: cuts ? `farm.add.travel.${axis}` : `farm.add.side.${axis}` })}
      value={draft.volumeMm[axis]}
      min={20}
      max={2000}
      allowDecimal={false}
      suffix=" mm"
      error={problem('volume') !== undefined}
      onChange={(value) =>
        onChange({
          ...draft,
          profileId: 'own',
          volumeMm: { ...draft.volumeMm, [axis]: Math.trunc(Number(value)) },
        })
      }
    />
  );
  return (
    <Stack gap="md">
      {cuts ? <CutterKind draft={draft} onChange={onChange} problems={problems} /> : null}
      {cuts ? null : (
        <Select
          label={intl.formatMessage({ id: 'farm.add.model' })}
          value={draft.profileId}
          data={[
            ...MACHINE_PROFILES.map(({ id, brand }) => ({
              value: id,
              label: brand ?? intl.formatMessage({ id: `farm.profile.${id}` }),
            })),
            { value: 'own', label: intl.formatMessage({ id: 'farm.profile.own' }) },
          ]}
          allowDeselect={false}
          searchable
          onChange={(id) =>
            onChange(id === null || id === 'own' ? { ...draft, profileId: 'own' } : withProfile(draft, id))
          }
        />
      )}
      <TextInput
        label={intl.formatMessage({ id: 'farm.add.name' })}
        description={intl.formatMessage({ id: `farm.add.name.note${cuts ? '.cutter' : ''}` })}
        withAsterisk
        value={draft.name}
        maxLength={64}
        error={problem('name')}
        onChange={(event) => onChange({ ...draft, name: event.currentTarget.value })}
      />
      <SimpleGrid cols={{ base: 1, xs: 3 }}>
        {side('x')}
        {side('y')}
        {side('z')}
      </SimpleGrid>
      {problem('volume') === undefined ? null : (
        <Text size="sm" c="var(--mantine-color-error)" role="alert">
          {cuts ? intl.formatMessage({ id: 'farm.add.problem.volume.cutter' }) : problem('volume')}
        </Text>
      )}
      {cuts ? (
        <CutterLimits draft={draft} onChange={onChange} problems={problems} />
      ) : (
        <NumberInput
          w={200}
          label={intl.formatMessage({ id: 'farm.add.nozzle' })}
          value={draft.nozzleUm / 1000}
          min={0.1}
          max={2}
          step={0.1}
          decimalScale={2}
          suffix=" mm"
          error={problem('nozzle')}
          onChange={(value) => onChange({ ...draft, nozzleUm: Math.round(Number(value) * 1000) })}
        />
      )}
    </Stack>
  );
}

function CutterKind({ draft, onChange }: StepProps) {
  const intl = useIntl();
  return (
    <Radio.Group
      label={intl.formatMessage({ id: 'farm.add.cutter' })}
      value={draft.cutter.process}
      onChange={(value) => onChange({ ...draft, cutter: value === 'laser' ? CUTTERS.laser : CUTTERS.cnc })}
    >
      <Group gap="lg" mt="xs">
        {(['cnc', 'laser'] as const).map((kind) => (
          <Radio key={kind} value={kind} label={intl.formatMessage({ id: `farm.process.${kind}` })} />
        ))}
      </Group>
    </Radio.Group>
  );
}

/** What the guard holds every file against. */
function CutterLimits({ draft, onChange, problems }: StepProps) {
  const intl = useIntl();
  const problem = useProblemText(problems)('tool');
  const { cutter } = draft;
  const field = (name: 'toolSMax' | 'feedMmPerMinMax') => (
    <NumberInput
      label={intl.formatMessage({ id: `farm.add.${name}` }, { process: cutter.process })}
      description={intl.formatMessage({ id: `farm.add.${name}.note` }, { process: cutter.process })}
      value={cutter[name]}
      min={1}
      max={name === 'toolSMax' ? 1_000_000 : 100_000}
      allowDecimal={false}
      {...(name === 'feedMmPerMinMax' ? { suffix: ' mm/min' } : {})}
      error={problem !== undefined}
      onChange={(value) => onChange({ ...draft, cutter: { ...cutter, [name]: Math.trunc(Number(value)) } })}
    />
  );
  return (
    <>
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        {field('toolSMax')}
        {field('feedMmPerMinMax')}
      </SimpleGrid>
      {problem === undefined ? null : (
        <Text size="sm" c="var(--mantine-color-error)" role="alert">
          {problem}
        </Text>
      )}
    </>
  );
}

/** A print of this length and one order: what the example price is computed for. */
const EXAMPLE_HOURS = 2n;

export function RatesStep({ draft, onChange, problems }: StepProps) {
  const intl = useIntl();
  const problem = useProblemText(problems);
  const parse = (text: string): bigint => parseAmount(text, intl.locale) ?? 0n;
  const plain = parse(draft.rate) * EXAMPLE_HOURS + parse(draft.setup);
  const minimum = parse(draft.minimum);
  return (
    <Stack gap="md">
      <Text size="sm">
        <FormattedMessage id="farm.add.rates.text" />
      </Text>
      <SimpleGrid cols={{ base: 1, xs: 3 }}>
        {(['rate', 'setup', 'minimum'] as const).map((field) => (
          <TextInput
            key={field}
            label={intl.formatMessage({ id: `farm.add.${field}` })}
            description={intl.formatMessage({ id: `farm.add.${field}.note` })}
            inputMode="decimal"
            rightSection="DPN"
            rightSectionWidth={48}
            value={draft[field]}
            error={problem(field)}
            onChange={(event) => onChange({ ...draft, [field]: event.currentTarget.value })}
          />
        ))}
      </SimpleGrid>
      <Text size="sm" c="dimmed">
        <FormattedMessage
          id="farm.add.example"
          values={{
            hours: Number(EXAMPLE_HOURS),
            price: <Money micro={plain < minimum ? minimum : plain} />,
          }}
        />
      </Text>
    </Stack>
  );
}
