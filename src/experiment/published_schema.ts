// The JSON schemas of what commands print with `--format json`: what they share.
import { toJsonSchema } from '@valibot/to-json-schema';
import * as v from 'valibot';
import { oneOf } from './check.ts';

/** Says what a value is, in the schema. */
export const said = v.description;

/** What is not finite is written as text. */
export const anyNumber = v.union([v.number(), oneOf(['NaN', 'Infinity', '-Infinity'])]);

/** A schema as the package has it, in `dist/NAME.schema.json`. */
export const publishedSchema = (schema: v.GenericSchema, name: string, title: string): object => ({
  $id: `https://unpkg.com/fathom-webgpu/dist/${name}.schema.json`,
  title,
  ...toJsonSchema(schema, { target: 'draft-2020-12', errorMode: 'ignore' }),
});
