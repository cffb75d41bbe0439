// The published schema is the one that the program uses: regenerate it with UPDATE_SCHEMA=1 after a change.

import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { paradigmJsonSchema } from './schema.ts';

const file = new URL('../../assets/paradigms/paradigm.schema.json', import.meta.url);

test('the published JSON Schema equals the one generated', () => {
  if (process.env['UPDATE_SCHEMA'] === '1')
    writeFileSync(file, `${JSON.stringify(paradigmJsonSchema(), null, 2)}\n`);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(paradigmJsonSchema());
});
