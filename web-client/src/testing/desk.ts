import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Exchange, Operation, OperationResult } from '@urql/core';
import { makeResult } from '@urql/core';
import {
  buildSchema,
  defaultFieldResolver,
  execute,
  getNamedType,
  GraphQLError,
  isAbstractType,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
  print,
  validate,
  type GraphQLFieldResolver,
  type GraphQLOutputType,
  type ExecutionResult,
} from 'graphql';
import { filter, make, merge, mergeMap, pipe, share, takeUntil, type Source } from 'wonka';
import type { Mutation, Query, Subscription } from '@/graphql/generated/schema';

/**
 * The desk that component tests talk to: it has the real schema and answers with what a test gives it.
 *
 * Operations are validated against the schema and run by graphql-js, so neither the component nor the test can ask for
 * or make up what is not there. Of a record a test gives the fields it is about; others are null where they may be, and
 * otherwise empty, 0, false or the first value of an enum.
 */
export type MockDesk = {
  /** In place of HTTP and socket. */
  transport: Exchange;
  /** What was asked, in order: `tickets`, `changeTicketStatus` and so on with their arguments. */
  asked: { field: string; args: Record<string, unknown> }[];
  /** The arguments of every time one field was asked for. */
  argsOf: (field: string) => Record<string, unknown>[];
  /** Sends a live update to whoever is subscribed; true if somebody was. */
  push: <Field extends keyof Subscription>(field: Field, step: Part<Subscription[Field]>) => Promise<boolean>;
  /** How many subscriptions to a field are open. */
  subscribers: (field: keyof Subscription) => number;
  /** Changes an answer from now on. */
  answer: (answers: Answers) => void;
};

/** Some fields of a record, and of the records in it. */
export type Part<T> = T extends readonly (infer Item)[]
  ? readonly Part<Item>[]
  : T extends object
    ? { [Key in keyof T]?: Part<T[Key]> }
    : T;

// A method, so that a test may say which arguments it takes.
type Answer<T> = { answer(args: never): Part<T> | Promise<Part<T>> }['answer'];

/** Answers by field; `fail('FORBIDDEN')` in place of one makes it a top-level error. */
export type Answers = {
  Query?: { [Field in keyof Query]?: Answer<Query[Field]> };
  Mutation?: { [Field in keyof Mutation]?: Answer<Mutation[Field]> };
};

/** A top-level error with this code. */
export function fail(code: string, message = code): never {
  throw new GraphQLError(message, { extensions: { code } });
}

const schema = buildSchema(readFileSync(join(import.meta.dirname, '../../../schema.graphql'), 'utf8'));
const ROOTS = new Set(['Query', 'Mutation', 'Subscription']);
const SCALARS: Record<string, unknown> = {
  Int: 0,
  Float: 0,
  Boolean: false,
  String: '',
  DateTime: '2026-11-28T09:00:00Z',
  Cursor: 'test-1',
  JSON: {},
};

type Listener = { operation: Operation; field: string; next: (result: OperationResult) => void };

export function mockDesk(first: Answers = {}): MockDesk {
  const answers: Required<Answers> = { Query: {}, Mutation: {} };
  const asked: MockDesk['asked'] = [];
  const listeners = new Set<Listener>();
  let ids = 0;

  const answer = (more: Answers) => {
    Object.assign(answers.Query, more.Query);
    Object.assign(answers.Mutation, more.Mutation);
  };
  answer(first);

  const filled = (type: GraphQLOutputType): unknown => {
    if (!isNonNullType(type)) return null;
    const inner = type.ofType;
    if (isListType(inner)) return [];
    if (isEnumType(inner)) return inner.getValues()[0]?.value;
    if (isObjectType(inner)) return {};
    const { name } = getNamedType(inner);
    return name === 'ID' ? `made_${++ids}` : SCALARS[name];
  };
  const fieldResolver: GraphQLFieldResolver<unknown, unknown> = async (
    source,
    args: Record<string, unknown>,
    context,
    info,
  ) => {
    const parent = info.parentType.name;
    if (ROOTS.has(parent) && parent !== 'Subscription') {
      asked.push({ field: info.fieldName, args });
      const own = answers[parent as 'Query' | 'Mutation'] as Record<
        string,
        ((args: unknown) => unknown) | undefined
      >;
      const found = own[info.fieldName];
      if (!found) throw new Error(`The test gives no answer for ${parent}.${info.fieldName}.`);
      return await found(args);
    }
    const given: unknown = await defaultFieldResolver(source, args, context, info);
    return given === undefined ? filled(info.returnType) : given;
  };
  const run = async (operation: Operation, rootValue?: unknown): Promise<OperationResult> => {
    const mistakes = validate(schema, operation.query);
    const answer: ExecutionResult =
      mistakes.length > 0
        ? { errors: mistakes }
        : await execute({
            schema,
            document: operation.query,
            variableValues: operation.variables as Record<string, unknown>,
            rootValue,
            fieldResolver,
            typeResolver: (value, _context, _info, type) => {
              if (isAbstractType(type)) return typeNameOf(value);
              return undefined;
            },
          });
    return makeResult(operation, answer);
  };

  const transport: Exchange = () => (operations) => {
    const all = share(operations);
    const ends = (key: number) =>
      pipe(
        all,
        filter((one) => one.kind === 'teardown' && one.key === key),
      );
    const calls = pipe(
      all,
      filter((one) => one.kind === 'query' || one.kind === 'mutation'),
      mergeMap((operation) =>
        pipe(
          make<OperationResult>((observer) => {
            void run(operation).then((result) => {
              observer.next(result);
              observer.complete();
            });
            return () => undefined;
          }),
          takeUntil(ends(operation.key)),
        ),
      ),
    );
    const streams = pipe(
      all,
      filter((one) => one.kind === 'subscription'),
      mergeMap((operation): Source<OperationResult> =>
        pipe(
          make<OperationResult>((observer) => {
            const listener = {
              operation,
              field: rootFieldOf(operation),
              next: (result: OperationResult) => observer.next(result),
            };
            listeners.add(listener);
            return () => listeners.delete(listener);
          }),
          takeUntil(ends(operation.key)),
        ),
      ),
    );
    return merge([calls, streams]);
  };

  return {
    transport,
    asked,
    argsOf: (field) => asked.filter((one) => one.field === field).map((one) => one.args),
    push: async (field, step) => {
      const wanted = [...listeners].filter((listener) => listener.field === field);
      for (const { operation, next } of wanted) next(await run(operation, { [field]: step }));
      return wanted.length > 0;
    },
    subscribers: (field) => [...listeners].filter((listener) => listener.field === field).length,
    answer,
  };
}

function rootFieldOf({ query }: Operation): string {
  const type = schema.getSubscriptionType();
  const text = print(query);
  return Object.keys(type?.getFields() ?? {}).find((field) => new RegExp(`\\b${field}\\b`).test(text)) ?? '';
}

/** What `node(id)` is, by what its id begins with. */
function typeNameOf(value: unknown): string {
  const { id = '', __typename: name } = value as { id?: string; __typename?: string };
  if (name !== undefined) return name;
  const noun = id.slice(0, id.indexOf('_'));
  return noun.charAt(0).toUpperCase() + noun.slice(1);
}
