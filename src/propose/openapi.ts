import { z } from 'zod';
import { proposalId, runId } from '../action/ids.ts';
import type { Json, JsonObject } from '../action/json.ts';
import { actionShape, answerShapes, runShape, settleShape, takeShape, waitShape, wordsShape } from './shapes.ts';
import type { ShapeName } from './shapes.ts';

/** Who may call an endpoint. */
type Holder = 'nobody in particular' | 'an agent token or the token of a run' | 'a host token' | 'a words token';

interface Endpoint {
  readonly method: 'get' | 'post';
  readonly path: string;
  readonly operation: string;
  readonly summary: string;
  readonly holder: Holder;
  readonly body?: z.ZodType;
  readonly path_id?: z.ZodType;
  readonly query?: z.ZodObject;
  readonly answers: Readonly<Record<number, readonly [string, ShapeName]>>;
}

const answered = { 200: ['answered, or carried out (see outcome)', 'Done'], 202: ['it waits', 'Waiting'] } as const;

/** Every endpoint of the HTTP API, as the document names it. */
const endpoints: readonly Endpoint[] = [
  {
    method: 'post',
    path: '/v1/actions',
    operation: 'propose',
    summary: 'Ask for one operation: a read is answered, a write may have to wait for a signature.',
    holder: 'an agent token or the token of a run',
    body: actionShape,
    answers: { ...answered, 403: ['it is refused; waysOut says what would be legal', 'Refused'] },
  },
  {
    method: 'get',
    path: '/v1/proposals/{id}',
    operation: 'status',
    summary: "What became of a proposal of the caller's own run. Waits, if asked to, until something changes.",
    holder: 'an agent token or the token of a run',
    path_id: proposalId,
    query: waitShape,
    answers: { ...answered, 403: ['it was refused', 'Refused'], 404: ['there is no such proposal in this run', 'Error'] },
  },
  {
    method: 'get',
    path: '/v1/tools',
    operation: 'tools',
    summary: 'The operations that the caller may see.',
    holder: 'an agent token or the token of a run',
    answers: { 200: ['the operations', 'Tools'] },
  },
  {
    method: 'post',
    path: '/v1/runs',
    operation: 'openRun',
    summary: "Open a run: one task of one user, with the user's own words.",
    holder: 'a host token',
    body: runShape,
    answers: { 201: ['the run, its token and its MCP address', 'Run'], 403: ['not a host token', 'Error'] },
  },
  {
    method: 'post',
    path: '/v1/runs/{id}/words',
    operation: 'addWords',
    summary: 'Add to what the user has said in a run: its next message in the same conversation.',
    holder: 'a host token',
    path_id: runId,
    body: wordsShape,
    answers: { 200: ['heard', 'Heard'], 403: ['not a host token', 'Error'], 404: ['this token opened no such run', 'Error'] },
  },
  {
    method: 'post',
    path: '/v1/words',
    operation: 'tellWords',
    summary: 'Add to what the user has said, for an agent that calls with an agent token of the same user and agent: for hooks.',
    holder: 'a words token',
    body: wordsShape,
    answers: { 200: ['heard', 'Heard'], 403: ['not a words token', 'Error'] },
  },
  {
    method: 'post',
    path: '/v1/events/take',
    operation: 'takeEvents',
    summary: 'Take events that wait for a consumer: of each source the next one, at least once and in order.',
    holder: 'a host token',
    body: takeShape,
    answers: { 200: ['the events, leased', 'Events'], 403: ['not a host token', 'Error'], 404: ['there is no such consumer', 'Error'] },
  },
  {
    method: 'post',
    path: '/v1/events/settle',
    operation: 'settleEvents',
    summary: 'Say what became of events that were taken.',
    holder: 'a host token',
    body: settleShape,
    answers: { 200: ['what was settled', 'Settled'], 403: ['not a host token', 'Error'], 404: ['there is no such consumer', 'Error'] },
  },
  {
    method: 'get',
    path: '/healthz',
    operation: 'health',
    summary: 'Whether the gateway is up.',
    holder: 'nobody in particular',
    answers: { 200: ['it is', 'Health'] },
  },
];

const common: Endpoint['answers'] = { 400: ['the request is malformed', 'Error'], 429: ['too many requests at once', 'Error'] };
const needsBody: Endpoint['answers'] = { 413: ['the body is too large', 'Error'], 415: ['the body is not JSON', 'Error'] };

function schema(shape: z.ZodType, io: 'input' | 'output'): JsonObject {
  const { $schema: _, ...rest } = z.toJSONSchema(shape, { io, unrepresentable: 'any' });
  return rest as JsonObject;
}

function parametersOf(endpoint: Endpoint): readonly Json[] {
  const inPath =
    endpoint.path_id === undefined ? [] : [{ name: 'id', in: 'path', required: true, schema: schema(endpoint.path_id, 'input') }];
  const inQuery = Object.entries(endpoint.query?.shape ?? {}).map(([name, shape]) => ({
    name,
    in: 'query',
    required: false,
    schema: schema(shape as z.ZodType, 'input'),
  }));
  return [...inPath, ...inQuery];
}

function operationOf(endpoint: Endpoint): JsonObject {
  const { body, holder } = endpoint;
  const open = holder === 'nobody in particular';
  const answers: Endpoint['answers'] = {
    ...common,
    ...(body === undefined ? {} : needsBody),
    ...(open ? {} : { 401: ['no valid token', 'Error'] as const }),
    ...endpoint.answers,
  };
  const responses = Object.fromEntries(
    Object.entries(answers).map(([status, [description, name]]) => [
      status,
      { description, content: { 'application/json': { schema: { $ref: `#/components/schemas/${name}` } } } },
    ]),
  );
  const parameters = parametersOf(endpoint);
  return {
    operationId: endpoint.operation,
    summary: endpoint.summary,
    ...(open ? { security: [] } : { description: `Called with ${holder}.` }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: { required: true, content: { 'application/json': { schema: schema(body, 'input') } } } }),
    responses,
  };
}

/** The OpenAPI 3.1 document of the HTTP API, made from the shapes that requests are parsed with. */
export function openApi(version: string): JsonObject {
  const paths: Record<string, Record<string, JsonObject>> = {};
  for (const endpoint of endpoints) paths[endpoint.path] = { ...paths[endpoint.path], [endpoint.method]: operationOf(endpoint) };
  return {
    openapi: '3.1.1',
    info: {
      title: 'Countersign gateway',
      version,
      description: 'Agents propose here. Nothing is carried out by this process.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    security: [{ bearer: [] }],
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: 'made by `countersign token create`' } },
      schemas: Object.fromEntries(Object.entries(answerShapes).map(([name, shape]) => [name, schema(shape, 'output')])),
    },
  };
}
