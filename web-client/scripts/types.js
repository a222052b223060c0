// Writes what the cache has to know of the schema: which types stand behind an interface, and which have no id.
import { readFileSync, writeFileSync } from 'node:fs';
import { buildSchema, isAbstractType, isObjectType } from 'graphql';

const here = (path) => new URL(path, import.meta.url);
const schema = buildSchema(readFileSync(here('../../schema.graphql'), 'utf8'));
const types = Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith('__'));
const nameOf = ({ name }) => name;
const possible = types
  .filter(isAbstractType)
  .map((type) => [type.name, schema.getPossibleTypes(type).map(nameOf)]);
const withoutId = types.filter((type) => isObjectType(type) && !('id' in type.getFields())).map(nameOf);
const text = `/* eslint-disable */
/** The types behind each interface and union. */
export const possibleTypes: Record<string, string[]> = ${JSON.stringify(Object.fromEntries(possible))};

/** Types whose values have no id. */
export const withoutId: readonly string[] = ${JSON.stringify(withoutId)};
`;
writeFileSync(here('../src/graphql/generated/types.ts'), text);
