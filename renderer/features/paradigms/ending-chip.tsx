// How a contract can end, told by word and sign, not by colour alone.

import { CircleCheck, Scale, Undo2 } from 'lucide-react';
import type { ParadigmCard } from '../../../node-core/api/index.ts';
import styles from './paradigms.module.css';

type Kind = ParadigmCard['endings'][number]['kind'];
const SIGNS = { success: CircleCheck, refund: Undo2, compromise: Scale };

export function EndingChip({ kind, label }: { kind: Kind; label: string }) {
  const Sign = SIGNS[kind];
  return (
    <span className={styles['ending']} data-kind={kind}>
      <Sign size={14} aria-hidden />
      {label}
    </span>
  );
}
