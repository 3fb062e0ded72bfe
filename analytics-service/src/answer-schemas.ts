const nullableTime = { type: ['string', 'null'], format: 'date-time' }

/** What every answer says of itself. */
const provenance = {
  asOf: {
    type: 'object',
    properties: {
      boundary: { ...nullableTime, description: 'The batch view holds every slice before it; null before the first run.' },
      run: { type: ['integer', 'null'] },
      appendedAt: { ...nullableTime, description: 'Newest appended time that the speed layer has folded.' },
      positions: { type: 'object', additionalProperties: { type: 'integer' }, description: 'Next offset by partition.' },
      lagMs: { type: ['integer', 'null'] },
    },
  },
  complete: { type: 'boolean' },
  missing: { type: 'array', items: { type: 'string' }, description: 'What is missing from the answer, in words.' },
}

/** One bucket or window. */
export const row = {
  key: { type: 'string' },
  from: nullableTime,
  until: nullableTime,
  value: {},
  final: { type: 'boolean' },
  revision: { type: 'integer', description: 'How many corrections of the final row were published.' },
}

/** What pull answers. */
export const viewAnswer = {
  type: 'object',
  properties: {
    view: { type: 'string' },
    version: { type: 'integer' },
    ...provenance,
    window: { type: 'string', description: 'Where one was asked for.' },
    rows: { type: 'array', items: { type: 'object', properties: row } },
    next: { type: ['string', 'null'], description: 'Give it back as `cursor` for the next page.' },
  },
}
