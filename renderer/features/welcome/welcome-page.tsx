// "What do you want to do?": four answers, each leads straight to a page that works. Keys were made silently; nobody
// is asked for anything here.

import { Anchor, Title, UnstyledButton } from '@mantine/core';
import { Compass, FlaskConical, KeyRound, type LucideIcon, Printer, Shapes, ShoppingBag } from 'lucide-react';
import { FormattedMessage, useIntl } from 'react-intl';
import type { Role } from '../../../node-core/api/index.ts';
import { faultOf, href, navigate, saveSettings, useApiCommand, useConsole } from '../../bridge/index.ts';
import { FaultNotice } from '../../ui/index.ts';
import styles from './welcome.module.css';

type Choice = {
  readonly id: 'design' | 'print' | 'buy' | 'look';
  readonly role: Role;
  readonly path: string;
  readonly icon: LucideIcon;
};

const CHOICES: readonly Choice[] = [
  { id: 'design', role: 'designer', path: '/studio', icon: Shapes },
  { id: 'print', role: 'owner', path: '/farm', icon: Printer },
  { id: 'buy', role: 'buyer', path: '/market', icon: ShoppingBag },
  { id: 'look', role: 'buyer', path: '/market', icon: Compass },
];

export function WelcomePage() {
  const intl = useIntl();
  const demo = useConsole((state) => state.status?.demo === true);
  const locale = useConsole((state) => state.settings.locale);
  const choose = useApiCommand(async ({ role, path }: Choice) => {
    await saveSettings({ role, welcomed: true });
    navigate(path);
  });
  const other = locale === 'en' ? 'zh-Hans' : 'en';
  return (
    <main className={styles['page']}>
      <div className={styles['top']}>
        <span className={styles['brand']}>
          <img src="./icon.svg" width={34} height={34} alt="" />
          <FormattedMessage id="app.name" />
        </span>
        <UnstyledButton
          className={styles['language']}
          lang={other}
          onClick={() => void saveSettings({ locale: other }).catch((error: unknown) => faultOf(error))}
        >
          <FormattedMessage id={`settings.locale.${other}`} />
        </UnstyledButton>
      </div>
      <div className={styles['body']}>
        <Title order={1} className={styles['title'] ?? ''}>
          <FormattedMessage id="welcome.title" />
        </Title>
        <p className={styles['lead']}>
          <FormattedMessage id="welcome.lead" />
        </p>
        <div className={styles['choices']}>
          {CHOICES.map((choice) => (
            <ChoiceCard
              key={choice.id}
              choice={choice}
              disabled={choose.busy}
              onChoose={() => void choose.run(choice)}
            />
          ))}
        </div>
        {choose.fault === undefined ? null : <FaultNotice fault={choose.fault} />}
        <Anchor href={href('/recover')} className={styles['recover'] ?? ''}>
          <KeyRound size={16} aria-hidden />
          <FormattedMessage id="welcome.recover" />
        </Anchor>
        <p className={styles['promise']}>
          <FormattedMessage id="welcome.promise" />
        </p>
      </div>
      {demo ? (
        <div className={styles['demo']} role="note" aria-label={intl.formatMessage({ id: 'app.demo.title' })}>
          <FlaskConical size={16} aria-hidden />
          <span>
            <FormattedMessage id="app.demo.text" />
          </span>
        </div>
      ) : null}
    </main>
  );
}

function ChoiceCard(props: { choice: Choice; disabled: boolean; onChoose: () => void }) {
  const { choice, disabled, onChoose } = props;
  const Icon = choice.icon;
  return (
    <UnstyledButton
      className={styles['choice']}
      onClick={onChoose}
      disabled={disabled}
      data-choice={choice.id}
    >
      <span className={styles['choiceIcon']}>
        <Icon size={26} strokeWidth={1.6} aria-hidden />
      </span>
      <span className={styles['choiceTitle']}>
        <FormattedMessage id={`welcome.${choice.id}.title`} />
      </span>
      <span className={styles['choiceText']}>
        <FormattedMessage id={`welcome.${choice.id}.text`} />
      </span>
    </UnstyledButton>
  );
}
