// The 3D view of a draft: what this page read itself where it did, else what the core holds.

import { Skeleton } from '@mantine/core';
import { lazy, Suspense } from 'react';
import type { SceneMesh } from '../../scene/mesh-prepare.ts';
import styles from './studio.module.css';

const MeshView = lazy(async () => ({ default: (await import('../../scene/index.ts')).MeshView }));

type Props = {
  readonly name: string;
  readonly mesh?: SceneMesh | undefined;
  readonly blob?: Blob | undefined;
  readonly problems?: readonly { readonly code: string; readonly count: number }[] | undefined;
};

export function Stage({ name, mesh, blob, problems }: Props) {
  return (
    <div className={styles['stage']}>
      <Suspense fallback={<Skeleton width="100%" height="100%" />}>
        <MeshView mesh={mesh} blob={blob} problems={problems} label={name} />
      </Suspense>
    </div>
  );
}
