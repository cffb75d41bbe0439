// What an SVG text may bring into the page: named shapes and text with named attributes, nothing that acts or loads.

const SVG = 'http://www.w3.org/2000/svg';
const ELEMENTS = new Set([
  'svg',
  'g',
  'path',
  'rect',
  'circle',
  'ellipse',
  'line',
  'polyline',
  'polygon',
  'text',
  'tspan',
  'title',
  'desc',
]);
const ATTRIBUTES = new Set(
  `xmlns viewBox width height x y x1 y1 x2 y2 cx cy r rx ry d points transform fill fill-opacity stroke stroke-width
  stroke-opacity stroke-dasharray stroke-linecap stroke-linejoin opacity font-size font-family font-weight font-style
  text-anchor dominant-baseline dx dy role aria-label lang`.split(/\s+/),
);

/** The picture without anything else; undefined where the text is no SVG. */
export function cleanSvg(text: string): SVGSVGElement | undefined {
  const parsed = new DOMParser().parseFromString(text, 'image/svg+xml');
  const root = parsed.documentElement;
  if (root.namespaceURI !== SVG || root.localName !== 'svg') return undefined;
  clean(root);
  return root as unknown as SVGSVGElement;
}

function clean(element: Element): void {
  for (const { name, value } of [...element.attributes]) {
    if (!ATTRIBUTES.has(name) || /url\s*\(/i.test(value)) element.removeAttribute(name);
  }
  for (const child of [...element.children]) {
    if (child.namespaceURI === SVG && ELEMENTS.has(child.localName)) clean(child);
    else child.remove();
  }
}
