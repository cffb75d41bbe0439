// A model file in 3D, read by this page in a worker: nothing of it is sent, saved or started by looking at it.

import { Skeleton } from '@mantine/core';
import { lazy, Suspense, useEffect, useState } from 'react';
import type { Fault } from '../../../bridge/index.ts';
import type { SceneMesh } from '../../../scene/mesh-prepare.ts';
import { readPreview } from '../../../scene/read-model.ts';
import { FaultNotice } from '../../../ui/index.ts';

const MeshView = lazy(async () => ({ default: (await import('../../../scene/index.ts')).MeshView }));

export function ModelPreview({ file }: { file: File }) {
  const [mesh, setMesh] = useState<SceneMesh | undefined>(undefined);
  const [fault, setFault] = useState<Fault | undefined>(undefined);
  useEffect(() => {
    setMesh(undefined);
    setFault(undefined);
    return readPreview(file, (reply) => {
      if (reply.kind === 'shape') setMesh(reply.mesh);
      if (reply.kind === 'refused') setFault(reply.fault);
    });
  }, [file]);
  if (fault !== undefined) return <FaultNotice fault={fault} compact />;
  return (
    <Suspense fallback={<Skeleton width="100%" height="100%" />}>
      <MeshView mesh={mesh} label={file.name} />
    </Suspense>
  );
}
