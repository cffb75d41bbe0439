// Gives geometries, materials and textures of a tree back to the graphics card.

import type { BufferGeometry, Material, Object3D } from 'three';

export function disposeTree(root: Object3D): void {
  root.removeFromParent();
  root.traverse((node) => {
    const { geometry, material } = node as { geometry?: BufferGeometry; material?: Material | Material[] };
    geometry?.dispose();
    for (const one of material === undefined ? [] : [material].flat()) {
      const { map } = one as { map?: { dispose: () => void } | null };
      map?.dispose();
      one.dispose();
    }
  });
}
