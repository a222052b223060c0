import type { CodegenConfig } from '@graphql-codegen/cli';

// Also checks every operation against the schema: what the schema does not have fails here.
const config: CodegenConfig = {
  schema: '../schema.graphql',
  documents: ['src/**/*.{ts,tsx}', 'e2e/**/*.ts', '!src/graphql/generated/**'],
  // A checkout without operations is a mistake.
  ignoreNoDocuments: false,
  generates: {
    'src/graphql/generated/': {
      preset: 'client',
      presetConfig: { fragmentMasking: { unmaskFunctionName: 'unmask' } },
      config: {
        strictScalars: true,
        scalars: { Cursor: 'string', DateTime: 'string', JSON: 'unknown' },
        enumsAsTypes: true,
        useTypeImports: true,
        namingConvention: 'keep',
        arrayInputCoercion: false,
      },
    },
    // All types of the schema, for the desk that unit tests talk to.
    'src/graphql/generated/schema.ts': {
      plugins: ['typescript'],
      config: {
        strictScalars: true,
        scalars: { Cursor: 'string', DateTime: 'string', JSON: 'unknown' },
        enumsAsTypes: true,
        useTypeImports: true,
        namingConvention: 'keep',
        maybeValue: 'T | null',
        avoidOptionals: { field: true },
      },
    },
  },
};

export default config;
