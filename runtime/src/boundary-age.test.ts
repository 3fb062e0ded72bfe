import { expect, test } from 'vitest'
import { z } from 'zod'
import { keptPastBoundary } from './boundary-age.ts'
import { readConfig } from './config.ts'
import { boundaryFields, counterFields, httpFields, logFields, sliceFields } from './settings.ts'

const schema = z
  .object({ ...httpFields, ...sliceFields, ...logFields, ...counterFields, ...boundaryFields })
  .check(keptPastBoundary)

const ages = { SLICE_MS: '1000', DEDUP_HORIZON_MS: '5000', BOUNDARY_MAX_AGE_MS: '60000' }

test('the defaults keep what the boundary may need', () => {
  expect(readConfig(schema, {}).CELL_TTL_MS).toBe(86_400_000)
})

test('a TTL of exactly the needed length is taken', () => {
  const env = { ...ages, CELL_TTL_MS: '67000', LOG_RETENTION_MS: '67000' }
  expect(readConfig(schema, env)).toMatchObject({ CELL_TTL_MS: 67_000, LOG_RETENTION_MS: 67_000 })
})

test('a shorter TTL or retention is refused by name, with what to do', () => {
  const advice = /at least 67000, or lower BOUNDARY_MAX_AGE_MS/
  expect(() => readConfig(schema, { ...ages, CELL_TTL_MS: '66999' })).toThrow(/CELL_TTL_MS: 66999 is less than/)
  expect(() => readConfig(schema, { ...ages, CELL_TTL_MS: '66999' })).toThrow(advice)
  expect(() => readConfig(schema, { ...ages, LOG_RETENTION_MS: '1' })).toThrow(/LOG_RETENTION_MS: 1 is less than/)
})

test('the check reports beside the faults of other fields', () => {
  const read = () => readConfig(schema, { ...ages, CELL_TTL_MS: '66999', PORT: 'x' })
  expect(read).toThrow(/PORT: [^\n]+\n {2}CELL_TTL_MS: 66999/)
})
