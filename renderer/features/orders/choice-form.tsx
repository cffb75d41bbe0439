// The choices of an order: machine, material and colour, quality, strength, number of copies.

import { NumberInput, Radio, Stack, Switch, Text, Tooltip } from '@mantine/core';
import { Check, CircleAlert, CircleCheck, Plug } from 'lucide-react';
import type { ReactNode } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { MachineView, ModelView } from '../../../node-core/api/index.ts';
import { Money } from '../../ui/index.ts';
import {
  type Configuration,
  fitOf,
  infillOf,
  isReachable,
  layerHeightUm,
  onMachine,
  QUALITIES,
  QUANTITY_MAX,
  rankMachines,
  STRENGTHS,
} from './configuration.ts';
import styles from './orders.module.css';

type FormProps = {
  readonly model: ModelView;
  readonly machines: readonly MachineView[];
  readonly choice: Configuration;
  readonly onChange: (choice: Configuration) => void;
};

export function ChoiceForm(props: FormProps) {
  const { choice, onChange, machines } = props;
  const intl = useIntl();
  const machine = machines.find(({ id }) => id === choice.machineId);
  return (
    <Stack gap="lg" className={styles['panel'] ?? ''}>
      <MachineChoice {...props} />
      {machine === undefined ? null : (
        <MaterialChoice machine={machine} choice={choice} onChange={onChange} />
      )}
      <QualityChoice {...props} nozzleUm={machine?.nozzleUm ?? 400} />
      <StrengthChoice {...props} />
      <div className={styles['switches']}>
        <Switch
          checked={choice.supports}
          onChange={(event) => onChange({ ...choice, supports: event.currentTarget.checked })}
          label={intl.formatMessage({ id: 'orders.new.supports' })}
          description={intl.formatMessage({ id: 'orders.new.supports.note' })}
        />
        <Switch
          checked={choice.brim}
          onChange={(event) => onChange({ ...choice, brim: event.currentTarget.checked })}
          label={intl.formatMessage({ id: 'orders.new.brim' })}
          description={intl.formatMessage({ id: 'orders.new.brim.note' })}
        />
      </div>
      <NumberInput
        label={intl.formatMessage({ id: 'orders.new.quantity' })}
        value={choice.quantity}
        min={1}
        max={QUANTITY_MAX}
        step={1}
        allowDecimal={false}
        allowNegative={false}
        clampBehavior="strict"
        w={160}
        onChange={(value) => {
          const quantity = Math.trunc(Number(value));
          if (quantity >= 1 && quantity <= QUANTITY_MAX) onChange({ ...choice, quantity });
        }}
      />
    </Stack>
  );
}

function MachineChoice({ model, machines, choice, onChange }: FormProps) {
  return (
    <Radio.Group
      label={<FormattedMessage id="orders.new.machine" />}
      value={choice.machineId}
      onChange={(id) => {
        const machine = machines.find((one) => one.id === id);
        if (machine !== undefined) onChange(onMachine(choice, machine));
      }}
    >
      <Stack gap={8} mt={6}>
        {rankMachines(machines, model).map((machine) => {
          const fit = fitOf(model.sizeUm, machine.volumeMm);
          return (
            <Radio.Card
              key={machine.id}
              value={machine.id}
              disabled={!fit.fits || machine.materials.length === 0}
              className={styles['card'] ?? ''}
              p="sm"
            >
              <span className={styles['cardMain']}>
                <Radio.Indicator disabled={!fit.fits} />
                <span className={styles['cardText']}>
                  <span className={styles['cardTitle']}>{machine.name}</span>
                  <span className={styles['rowNote']}>
                    <FormattedMessage
                      id="orders.new.machine.size"
                      values={{ ...machine.volumeMm, owner: machine.owner.name }}
                    />
                  </span>
                  <FitNote fit={fit} reachable={isReachable(machine)} />
                </span>
                <span className={styles['cardRate']}>
                  <Money micro={machine.rateMicroPerHour} />
                  <span className={styles['rowNote']}>
                    <FormattedMessage id="orders.new.perHour" />
                  </span>
                </span>
              </span>
            </Radio.Card>
          );
        })}
      </Stack>
    </Radio.Group>
  );
}

function FitNote({ fit, reachable }: { fit: ReturnType<typeof fitOf>; reachable: boolean }) {
  if (!fit.fits) {
    return (
      <span className={`${styles['fit']} ${styles['bad']}`}>
        <CircleAlert size={14} aria-hidden />
        <FormattedMessage
          id={`orders.new.tooLarge.${fit.reason}`}
          values={{ excess: Math.ceil(fit.excessMm) }}
        />
      </span>
    );
  }
  return (
    <span className={styles['fits']}>
      <span className={`${styles['fit']} ${styles['good']}`}>
        <CircleCheck size={14} aria-hidden />
        <FormattedMessage id={fit.turned ? 'orders.new.fits.turned' : 'orders.new.fits'} />
      </span>
      {reachable ? null : (
        <span className={styles['fit']}>
          <Plug size={14} aria-hidden />
          <FormattedMessage id="orders.new.offline" />
        </span>
      )}
    </span>
  );
}

function MaterialChoice(props: {
  machine: MachineView;
  choice: Configuration;
  onChange: (choice: Configuration) => void;
}) {
  const { machine, choice, onChange } = props;
  const intl = useIntl();
  const keyOf = (material: string, colour: string): string => `${material} ${colour}`;
  return (
    <Radio.Group
      label={<FormattedMessage id="orders.new.material" />}
      value={keyOf(choice.material, choice.colour)}
      onChange={(value) => {
        const offer = machine.materials.find(({ material, colour }) => keyOf(material, colour) === value);
        if (offer !== undefined) onChange({ ...choice, material: offer.material, colour: offer.colour });
      }}
    >
      <div className={styles['swatches']}>
        {machine.materials.map((offer) => {
          const value = keyOf(offer.material, offer.colour);
          const chosen = value === keyOf(choice.material, choice.colour);
          return (
            <Tooltip
              key={value}
              label={
                <FormattedMessage
                  id="orders.new.perGram"
                  values={{ price: <Money micro={offer.priceMicroPerGram} /> }}
                />
              }
            >
              <Radio.Card
                value={value}
                className={styles['swatchCard'] ?? ''}
                aria-label={intl.formatMessage(
                  { id: 'orders.new.material.label' },
                  { material: offer.material, colour: offer.colourName },
                )}
              >
                <span className={styles['swatch']} style={{ background: offer.colour }} aria-hidden>
                  {chosen ? <Check size={14} className={styles['swatchCheck'] ?? ''} /> : null}
                </span>
                <span className={styles['swatchText']}>
                  <span>{offer.colourName}</span>
                  <span className={styles['rowNote']}>{offer.material}</span>
                </span>
              </Radio.Card>
            </Tooltip>
          );
        })}
      </div>
    </Radio.Group>
  );
}

function QualityChoice({ choice, onChange, nozzleUm }: FormProps & { nozzleUm: number }) {
  return (
    <Radio.Group
      label={<FormattedMessage id="orders.new.quality" />}
      value={choice.quality}
      onChange={(value) => {
        const quality = QUALITIES.find((one) => one === value);
        if (quality !== undefined) onChange({ ...choice, quality });
      }}
    >
      <div className={styles['presets']}>
        {QUALITIES.map((quality) => (
          <Preset
            key={quality}
            value={quality}
            title={<FormattedMessage id={`orders.new.quality.${quality}`} />}
          >
            <FormattedMessage
              id="orders.new.layers"
              values={{ height: layerHeightUm(quality, nozzleUm) / 1000 }}
            />
          </Preset>
        ))}
      </div>
    </Radio.Group>
  );
}

function StrengthChoice({ choice, onChange }: FormProps) {
  return (
    <Radio.Group
      label={<FormattedMessage id="orders.new.strength" />}
      value={choice.strength}
      onChange={(value) => {
        const strength = STRENGTHS.find((one) => one === value);
        if (strength !== undefined) onChange({ ...choice, strength });
      }}
    >
      <div className={styles['presets']}>
        {STRENGTHS.map((strength) => (
          <Preset
            key={strength}
            value={strength}
            title={<FormattedMessage id={`orders.new.strength.${strength}`} />}
          >
            <FormattedMessage id="orders.new.infill" values={{ infill: infillOf(strength) / 100 }} />
          </Preset>
        ))}
      </div>
    </Radio.Group>
  );
}

function Preset({ value, title, children }: { value: string; title: ReactNode; children: ReactNode }) {
  return (
    <Radio.Card value={value} className={styles['preset'] ?? ''} p="xs">
      <Text component="span" size="sm" fw={600} display="block">
        {title}
      </Text>
      <span className={styles['rowNote']}>{children}</span>
    </Radio.Card>
  );
}
