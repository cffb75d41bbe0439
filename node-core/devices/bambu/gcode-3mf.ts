// A print file as these printers take it: G-code inside of a 3MF package, one plate, stored as it is. The printer reads
// the plate's G-code and its checksum; there is no model in it.

import type { Bytes } from '../../base/index.ts';
import { concatBytes, crc32, utf8ToBytes } from '../../base/index.ts';

export const PLATE = 'Metadata/plate_1.gcode';

const XML = '<?xml version="1.0" encoding="UTF-8"?>\n';
const PARTS: readonly (readonly [string, string])[] = [
  [
    '[Content_Types].xml',
    `${XML}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="model" ContentType="application/vnd.ms-package.3dmanufacturing-3dmodel+xml"/><Default Extension="gcode" ContentType="text/x.gcode"/></Types>`,
  ],
  [
    '_rels/.rels',
    `${XML}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Target="/3D/3dmodel.model" Id="rel-1" Type="http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"/></Relationships>`,
  ],
  [
    '3D/3dmodel.model',
    `${XML}<model unit="millimeter" xml:lang="en-US" xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02"><resources/><build/></model>`,
  ],
  [
    'Metadata/model_settings.config',
    `${XML}<config><plate><metadata key="plater_id" value="1"/><metadata key="gcode_file" value="${PLATE}"/></plate></config>`,
  ],
  ['Metadata/slice_info.config', `${XML}<config><plate><metadata key="index" value="1"/></plate></config>`],
];

/** The package in pieces, so that the G-code is not copied; `md5` in upper-case hex, as the printer compares it. */
export function packGcode(gcode: Bytes, md5: string): readonly Bytes[] {
  const files: readonly (readonly [string, Bytes])[] = [
    ...PARTS.map(([name, text]) => [name, utf8ToBytes(text)] as const),
    [PLATE, gcode],
    [`${PLATE}.md5`, utf8ToBytes(md5)],
  ];
  const pieces: Bytes[] = [];
  const directory: Bytes[] = [];
  let offset = 0;
  for (const [name, content] of files) {
    const path = utf8ToBytes(name);
    const facts = factsOf(path, content);
    const local = concatBytes(words([4, 0x0403_4b50]), facts, path);
    directory.push(
      concatBytes(
        words([4, 0x0201_4b50], [2, VERSION]),
        facts,
        words([2, 0], [2, 0], [2, 0], [4, 0], [4, offset]),
        path,
      ),
    );
    pieces.push(local, content);
    offset += local.length + content.length;
  }
  const size = directory.reduce((sum, entry) => sum + entry.length, 0);
  const count = files.length;
  const end = words([4, 0x0605_4b50], [2, 0], [2, 0], [2, count], [2, count], [4, size], [4, offset], [2, 0]);
  return [...pieces, ...directory, end];
}

/** 2.0: stored, with folders. */
const VERSION = 20;
/** The first day that the format knows. */
const DATE = 0x21;

/** What a local header and the directory say alike: stored, no date, checksum, sizes, length of the name. */
function factsOf(path: Bytes, content: Bytes): Bytes {
  return words(
    [2, VERSION],
    [2, 0],
    [2, 0],
    [2, 0],
    [2, DATE],
    [4, crc32(content)],
    [4, content.length],
    [4, content.length],
    [2, path.length],
    [2, 0],
  );
}

/** Numbers of the given sizes, least byte first. */
function words(...numbers: readonly (readonly [bytes: 2 | 4, value: number])[]): Bytes {
  const bytes: number[] = [];
  for (const [size, value] of numbers) for (let i = 0; i < size; i++) bytes.push((value >>> (8 * i)) & 255);
  return Uint8Array.from(bytes);
}
