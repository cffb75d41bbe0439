// A model in 3D, standing on a bed with millimetres: to be turned, measured by eye, and its problems found.

import { Ruler, TriangleAlert } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import { Box3, Vector3 } from 'three';
import { type BedSize, bedFor, createBed } from './bed.ts';
import { type SceneMesh, useSceneMesh } from './decode.ts';
import { createMeshObject, type MeshObject } from './mesh-object.ts';
import styles from './scene.module.css';
import { useStage } from './use-stage.ts';
import { NoWebGl, ToggleTool, Viewport } from './viewport.tsx';

export type MeshViewProps = {
  /** Bytes of the mesh codec; undefined while they are on their way. */
  readonly blob?: Blob | undefined;
  /** Already prepared mesh, instead of a blob. */
  readonly mesh?: SceneMesh | undefined;
  /** What the analysis found: with anything in it, the triangles concerned are marked. */
  readonly problems?: readonly { readonly code: string; readonly count: number }[] | undefined;
  /** `#rrggbb`; the theme's neutral tone without. */
  readonly colour?: string | undefined;
  /** Bed in millimetres; without, one that fits the model. */
  readonly bedMm?: BedSize | undefined;
  /** Says what is seen: "Bracket, 3D view". */
  readonly label: string;
};

export function MeshView(props: MeshViewProps) {
  const intl = useIntl();
  const decoded = useSceneMesh(props.blob, (props.problems ?? []).map(({ code }) => code).join(' '));
  const mesh = props.mesh ?? decoded.value;
  const stageState = useStage({ shadows: true });
  const [sizeBox, setSizeBox] = useState(false);
  const [showProblems, setShowProblems] = useState(true);
  const size = useMemo(() => (mesh === undefined ? undefined : sizeOf(mesh)), [mesh]);
  useMeshOnStage(stageState, mesh, { colour: props.colour, bedMm: props.bedMm, sizeBox, showProblems });

  const hasMarks = mesh !== undefined && mesh.problemEdges.length > 0;
  const sizeText =
    size === undefined
      ? undefined
      : intl.formatMessage(
          { id: 'scene.size' },
          { x: millimetres(size.x), y: millimetres(size.y), z: millimetres(size.z) },
        );
  const label =
    sizeText === undefined
      ? props.label
      : intl.formatMessage({ id: 'scene.mesh.label' }, { label: props.label, size: sizeText });
  return (
    <Viewport
      stageState={stageState}
      label={label}
      busy={decoded.pending || (props.blob === undefined && props.mesh === undefined)}
      fallback={<NoWebGl>{sizeText === undefined ? null : <p>{sizeText}</p>}</NoWebGl>}
      tools={
        <>
          <ToggleTool
            label={intl.formatMessage({ id: 'scene.tool.size' })}
            pressed={sizeBox}
            onChange={setSizeBox}
            icon={<Ruler size={16} aria-hidden />}
          />
          {hasMarks ? (
            <ToggleTool
              label={intl.formatMessage({ id: 'scene.tool.problems' })}
              pressed={showProblems}
              onChange={setShowProblems}
              icon={<TriangleAlert size={16} aria-hidden />}
            />
          ) : null}
        </>
      }
      overlay={
        <>
          {decoded.fault === undefined ? null : (
            <span className={styles['chip']} role="alert">
              <FormattedMessage id="scene.unreadable" />
            </span>
          )}
          {sizeText === undefined ? null : <span className={styles['chip']}>{sizeText}</span>}
          {hasMarks && showProblems ? (
            <span className={`${styles['chip']} ${styles['problemChip']}`}>
              <TriangleAlert size={13} aria-hidden />
              <FormattedMessage id="scene.problems" />
            </span>
          ) : null}
        </>
      }
    />
  );
}

function millimetres(value: number): number {
  return Math.round(value * 10) / 10;
}

function sizeOf(mesh: SceneMesh): { x: number; y: number; z: number } {
  return {
    x: mesh.maxMm[0] - mesh.minMm[0],
    y: mesh.maxMm[1] - mesh.minMm[1],
    z: mesh.maxMm[2] - mesh.minMm[2],
  };
}

type MeshStageOptions = {
  readonly colour: string | undefined;
  readonly bedMm: BedSize | undefined;
  readonly sizeBox: boolean;
  readonly showProblems: boolean;
};

/** Puts the mesh on the stage and keeps colour and marks as wanted, without building it anew for them. */
function useMeshOnStage(
  { stage, theme }: ReturnType<typeof useStage>,
  mesh: SceneMesh | undefined,
  options: MeshStageOptions,
): void {
  const { colour, bedMm, sizeBox, showProblems } = options;
  const [object, setObject] = useState<MeshObject | undefined>(undefined);
  const first = useRef(colour);
  first.current = colour;
  const bedX = bedMm?.x;
  const bedY = bedMm?.y;
  useEffect(() => {
    if (stage === undefined || mesh === undefined) return undefined;
    const size = sizeOf(mesh);
    const bed = bedX === undefined || bedY === undefined ? bedFor(size) : { x: bedX, y: bedY };
    const plate = createBed(bed, theme);
    const made = createMeshObject(mesh, theme, first.current, { x: bed.x / 2, y: bed.y / 2 });
    stage.scene.add(plate.group, made.group);
    stage.fit(framed(made.box), 'home', false);
    stage.invalidateShadows();
    setObject(made);
    return () => {
      setObject(undefined);
      made.dispose();
      plate.dispose();
      stage.invalidateShadows();
    };
  }, [stage, mesh, theme, bedX, bedY]);
  useEffect(() => {
    if (object === undefined) return;
    if (colour !== undefined) object.setColour(colour);
    object.setSizeBox(sizeBox);
    object.setProblems(showProblems);
    stage?.invalidate();
  }, [stage, object, colour, sizeBox, showProblems]);
}

/** A little air around the part, so that it stands on a bed rather than fill the window. */
function framed(box: Box3): Box3 {
  const size = box.getSize(new Vector3());
  const air = Math.max(size.x, size.y, size.z) * 0.08;
  return new Box3(box.min.clone(), box.max.clone()).expandByVector(new Vector3(air, air, 0));
}
