// The published JSON Schema of paradigm documents, generated from the one schema that the program itself uses.

import { z } from 'zod';
import { FORMAT, ParadigmDocument } from './document.ts';

/** Content of assets/paradigms/paradigm.schema.json. */
export function paradigmJsonSchema(): object {
  const schema = z.toJSONSchema(ParadigmDocument, { target: 'draft-2020-12', reused: 'ref' });
  const properties = { ...(schema.properties ?? {}), $schema: { type: 'string' } };
  return { ...schema, title: FORMAT, properties };
}
