// Writes what the cache has to know of the schema: which types and fields there are, and which may be null.
import { readFileSync, writeFileSync } from 'node:fs';
import { minifyIntrospectionQuery } from '@urql/introspection';
import { buildSchema, introspectionFromSchema } from 'graphql';

const here = (path) => new URL(path, import.meta.url);
const schema = buildSchema(readFileSync(here('../../schema.graphql'), 'utf8'));
const introspection = minifyIntrospectionQuery(introspectionFromSchema(schema));
const text = `/* eslint-disable */
import type { CacheExchangeOpts } from '@urql/exchange-graphcache';

export const introspection = ${JSON.stringify(introspection)} as unknown as NonNullable<CacheExchangeOpts['schema']>;
`;
writeFileSync(here('../src/graphql/generated/introspection.ts'), text);
