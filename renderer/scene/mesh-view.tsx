// A model in 3D, standing on a bed with millimetres: to be turned, measured by eye, and its problems found.

import { Ruler, TriangleAlert } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import { FormattedMessage, useIntl } from 'react-intl';
import { type BedSize, bedFor } from './bed-size.ts';
import { type SceneMesh, useSceneMesh } from './decode.ts';
import styles from './scene.module.css';
import type { MeshLook } from './stage-messages.ts';
import { nextSerial, type StageState, useStage } from './use-stage.ts';
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
  /** While it is being made: so high it is, in millimetres; what is still to come is seen as a ghost. */
  readonly madeMm?: number | undefined;
  /** Says what is seen: "Bracket, 3D view". */
  readonly label: string;
};

export function MeshView(props: MeshViewProps) {
  const intl = useIntl();
  const decoded = useSceneMesh(props.blob, (props.problems ?? []).map(({ code }) => code).join(' '));
  const mesh = props.mesh ?? decoded.value;
  const stageState = useStage();
  const [sizeBox, setSizeBox] = useState(false);
  const [showProblems, setShowProblems] = useState(true);
  const size = useMemo(() => (mesh === undefined ? undefined : sizeOf(mesh)), [mesh]);
  const look = { colour: props.colour, sizeBox, problems: showProblems, madeMm: props.madeMm };
  const drawn = useMeshOnStage(stageState, mesh, props.bedMm, look);

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
      busy={!drawn && decoded.fault === undefined}
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

/** Puts the mesh on the stage and keeps its look as wanted; true once the mesh itself is in the picture. */
function useMeshOnStage(
  { stage, drawn }: StageState,
  mesh: SceneMesh | undefined,
  bedMm: BedSize | undefined,
  { colour, sizeBox, problems, madeMm }: MeshLook,
): boolean {
  const [serial, setSerial] = useState(0);
  const bedX = bedMm?.x;
  const bedY = bedMm?.y;
  useEffect(() => {
    stage?.send({ do: 'mesh-look', look: { colour, sizeBox, problems, madeMm } });
  }, [stage, colour, sizeBox, problems, madeMm]);
  useEffect(() => {
    if (stage === undefined || mesh === undefined) return;
    const bed = bedX === undefined || bedY === undefined ? bedFor(sizeOf(mesh)) : { x: bedX, y: bedY };
    const next = nextSerial();
    setSerial(next);
    stage.send({ do: 'mesh', mesh, bed, serial: next });
  }, [stage, mesh, bedX, bedY]);
  return serial > 0 && drawn === serial;
}
