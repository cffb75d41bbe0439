// What encoding and decoding of dag-cbor have in common. Source: RFC 8949 section 3.

/** The first three bits of a head. Tags do not occur: the values here hold no links. */
export const MAJOR = {
  uint: 0x00,
  negative: 0x20,
  bytes: 0x40,
  text: 0x60,
  array: 0x80,
  map: 0xa0,
} as const;

/** Whole heads. */
export const SIMPLE = { false: 0xf4, true: 0xf5, null: 0xf6 } as const;

/** Of containers in each other. */
export const DEPTH_MAX = 64;
