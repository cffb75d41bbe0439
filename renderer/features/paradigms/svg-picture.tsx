// Puts an SVG text into the page so that it takes the page's colours. Only shapes and text get through: whatever else a
// text may hold (scripts, styles, handlers, references) is left out.

import { useEffect, useRef } from 'react';
import { cleanSvg } from './clean-svg.ts';

export function SvgPicture({ svg, label, className }: { svg: string; label: string; className: string }) {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const picture = cleanSvg(svg);
    element.replaceChildren(...(picture === undefined ? [] : [document.importNode(picture, true)]));
  }, [svg]);
  return <div ref={host} role="img" aria-label={label} className={className} />;
}
