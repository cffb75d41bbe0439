// What was measured, and what may go wrong when it is printed, in words.

import { Alert, Text } from '@mantine/core';
import { CircleCheck, TriangleAlert } from 'lucide-react';
import { FormattedMessage, FormattedNumber, useIntl } from 'react-intl';
import type { PreviewFacts } from '../../scene/read-model.ts';
import { formatMillimetres, formatVolume } from '../../ui/index.ts';
import styles from './studio.module.css';

export function ModelFacts({ analysis }: { analysis: PreviewFacts }) {
  const intl = useIntl();
  const { sizeUm } = analysis;
  const [x, y, z] = [sizeUm.x, sizeUm.y, sizeUm.z].map((um) => formatMillimetres(um, intl.locale));
  return (
    <>
      <dl className={styles['facts']}>
        <dt>
          <FormattedMessage id="studio.fact.size" />
        </dt>
        <dd>
          <FormattedMessage id="studio.size" values={{ x, y, z }} />
        </dd>
        <dt>
          <FormattedMessage id="studio.fact.volume" />
        </dt>
        <dd>
          <FormattedMessage
            id="studio.volume"
            values={{ volume: formatVolume(analysis.volumeMm3, intl.locale) }}
          />
        </dd>
        <dt>
          <FormattedMessage id="studio.fact.triangles" />
        </dt>
        <dd>
          <FormattedNumber value={analysis.triangles} />
        </dd>
        <dt>
          <FormattedMessage id="studio.fact.shells" />
        </dt>
        <dd>
          <FormattedNumber value={analysis.shells} />
        </dd>
      </dl>
      <Problems problems={analysis.problems} />
    </>
  );
}

function Problems({ problems }: { problems: PreviewFacts['problems'] }) {
  const intl = useIntl();
  if (problems.length === 0) {
    return (
      <Alert color="petrol" variant="light" icon={<CircleCheck size={18} aria-hidden />}>
        <FormattedMessage id="studio.problems.none" />
      </Alert>
    );
  }
  return (
    <Alert
      color="yellow"
      variant="light"
      icon={<TriangleAlert size={18} aria-hidden />}
      title={<FormattedMessage id="studio.problems.title" values={{ count: problems.length }} />}
    >
      <ul className={styles['problems']}>
        {problems.map(({ code, count }) => {
          const id = `studio.problem.${code}`;
          return (
            <li key={code}>
              {id in intl.messages ? (
                <FormattedMessage id={id} values={{ count }} />
              ) : (
                <FormattedMessage id="studio.problem.other" values={{ code, count }} />
              )}
            </li>
          );
        })}
      </ul>
      <Text size="sm">
        <FormattedMessage id="studio.problems.text" />
      </Text>
    </Alert>
  );
}
