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
  },
};

export default config;
