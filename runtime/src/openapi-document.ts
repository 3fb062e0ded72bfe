import { isDeepStrictEqual } from 'node:util'

/** A JSON schema of the 2020-12 dialect. */
export type JsonSchema = Readonly<Record<string, unknown>>

type Content = Readonly<Record<string, { readonly schema: JsonSchema; readonly example?: unknown }>>

export interface OpenApiParameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required?: boolean
  readonly description?: string
  readonly schema: JsonSchema
}

export interface OpenApiResponse {
  readonly description: string
  readonly headers?: Readonly<Record<string, { readonly description: string; readonly schema: JsonSchema }>>
  readonly content?: Content
}

export interface OpenApiOperation {
  readonly summary: string
  readonly description?: string
  readonly tags?: readonly string[]
  readonly parameters?: readonly OpenApiParameter[]
  readonly requestBody?: { readonly required?: boolean; readonly content: Content }
  readonly responses: Readonly<Record<string, OpenApiResponse>>
}

/** What one service adds to the document: operations by path and method in lower case, schemas by name. */
export interface OpenApiFragment {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>
  readonly components?: { readonly schemas?: Readonly<Record<string, JsonSchema>> }
}

export interface DocsOptions {
  readonly title: string
  readonly version: string
  readonly fragments: readonly OpenApiFragment[]
}

export interface OpenApiDocument {
  readonly openapi: string
  readonly info: { readonly title: string; readonly version: string }
  readonly paths: OpenApiFragment['paths']
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>>; readonly securitySchemes: Readonly<Record<string, object>> }
  readonly security: readonly Readonly<Record<string, readonly string[]>>[]
}

const problem: JsonSchema = {
  type: 'object',
  description: 'A problem (RFC 9457). `errors` says where in the request something is wrong, as JSON pointers.',
  properties: {
    type: { type: 'string', format: 'uri-reference' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    instance: { type: 'string', format: 'uri-reference' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        properties: { pointer: { type: 'string', format: 'json-pointer' }, detail: { type: 'string' } },
        required: ['pointer', 'detail'],
      },
    },
  },
  required: ['type', 'title', 'status'],
}

const keyDescription = 'A key, `<id>.<secret>`: with the scope `read` for GET, `ingest` for all else. Where none is set up, none is needed.'

const securitySchemes = {
  bearer: { type: 'http', scheme: 'bearer', description: keyDescription },
  apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: keyDescription },
}

/** An answer that is a problem; the schema it names is in every document. */
export function problemResponse(description: string): OpenApiResponse {
  return { description, content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } }
}

/** One OpenAPI 3.1 document of all fragments. Throws when two of them say different things of one name. */
export function mergeOpenApi({ title, version, fragments }: DocsOptions): OpenApiDocument {
  const paths: Record<string, Record<string, OpenApiOperation>> = {}
  const schemas: Record<string, JsonSchema> = { Problem: problem }
  for (const fragment of fragments) {
    for (const [path, operations] of Object.entries(fragment.paths)) mergeInto((paths[path] ??= {}), operations, path)
    mergeInto(schemas, fragment.components?.schemas ?? {}, 'the schema')
  }
  return { openapi: '3.1.0', info: { title, version }, paths, components: { schemas, securitySchemes }, security: [{ bearer: [] }, { apiKey: [] }, {}] }
}

function mergeInto<Value>(target: Record<string, Value>, source: Readonly<Record<string, Value>>, where: string): void {
  for (const [name, value] of Object.entries(source)) {
    const known = target[name]
    if (known !== undefined && !isDeepStrictEqual(known, value)) throw new Error(`${where} ${name} is described twice`)
    target[name] = value
  }
}
