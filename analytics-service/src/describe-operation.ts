import { type JsonSchema, type OpenApiOperation, type OpenApiParameter, problemResponse } from '@twofold/runtime/openapi-document.ts'

/** A parameter of a query. */
export function parameter(name: string, description: string, schema: JsonSchema): OpenApiParameter {
  return { name, in: 'query', required: false, description, schema }
}

/** A GET that answers with JSON. */
export function operation(summary: string, parameters: readonly OpenApiParameter[], schema: JsonSchema): OpenApiOperation {
  const answer = { description: 'The answer.', content: { 'application/json': { schema } } }
  return { summary, parameters, responses: { 200: answer, default: problemResponse('What is wrong, or not to be had now.') } }
}
