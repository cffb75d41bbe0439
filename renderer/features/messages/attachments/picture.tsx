// A picture of a file, drawn by the page itself. Where it cannot be, nothing is shown but its name.

import { Skeleton } from '@mantine/core';
import { ImageOff } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { decodePicture } from './draw-picture.ts';

type Props = {
  readonly blob: Blob | undefined;
  readonly alt: string;
  /** Pixels of the longer side, at most. */
  readonly sideMax: number;
};

export function Picture({ blob, alt, sideMax }: Props) {
  const [bitmap, setBitmap] = useState<ImageBitmap | 'none' | undefined>(undefined);
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (blob === undefined) return undefined;
    let isOver = false;
    let made: ImageBitmap | undefined;
    const decode = async (): Promise<void> => {
      const found = await decodePicture(new Uint8Array(await blob.arrayBuffer()), sideMax);
      if (isOver) found?.close();
      else {
        made = found;
        setBitmap(found ?? 'none');
      }
    };
    decode().catch(() => {
      if (!isOver) setBitmap('none');
    });
    return () => {
      isOver = true;
      made?.close();
    };
  }, [blob, sideMax]);
  useEffect(() => {
    if (bitmap === undefined || bitmap === 'none' || canvas.current === null) return;
    canvas.current.width = bitmap.width;
    canvas.current.height = bitmap.height;
    canvas.current.getContext('2d')?.drawImage(bitmap, 0, 0);
  }, [bitmap]);
  if (bitmap === undefined) return <Skeleton width={160} height={120} aria-busy="true" />;
  if (bitmap === 'none') return <ImageOff size={32} role="img" aria-label={alt} />;
  return (
    <canvas ref={canvas} role={alt === '' ? undefined : 'img'} aria-label={alt === '' ? undefined : alt} />
  );
}
