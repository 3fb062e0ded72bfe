import { z } from 'zod'

/** Says of a JSON value whether it is one that parsing would answer as it stands. A false no costs time only. */
type CanonicalCheck = (value: unknown) => boolean

/** By the schema itself: a registry of zod's would hand a form on to schemas that were derived from it and differ. */
const compiled = new WeakMap<z.core.$ZodType, CanonicalCheck>()

/** Tells the canonical form of a schema whose definition doesn't show it. What is derived from the schema has none. */
export function withCanonicalForm<Schema extends z.core.$ZodType>(schema: Schema, check: CanonicalCheck): Schema {
  compiled.set(schema, check)
  return schema
}

/**
 * True if `schema` would accept the value and answer its equal, members in the same order, and nothing in it is what
 * `guardJson` refuses. What ingest wrote into the log is of this form, and this finds out in a tenth of the time; for
 * anything else ask those two.
 */
export function isCanonical(schema: z.ZodType, value: unknown): boolean {
  let check = compiled.get(schema)
  if (!check) compiled.set(schema, (check = compile(schema) ?? never))
  return check(value)
}

const never: CanonicalCheck = () => false

/** Undefined for a schema of which nothing is known. */
function compile(schema: z.core.$ZodType): CanonicalCheck | undefined {
  const known = compiled.get(schema)
  if (known) return known
  if (schema instanceof z.ZodPipe) return compilePreprocess(schema)
  // A check of the whole object, or a say about unknown members, is not looked into.
  if (!(schema instanceof z.ZodObject) || schema.def.catchall || schema.def.checks?.length) return undefined
  return compileObject(schema)
}

/** `z.preprocess`: canonical is what comes before left alone, and what comes after finds canonical. */
function compilePreprocess({ def }: z.ZodPipe): CanonicalCheck | undefined {
  const isCanonicalAfter = compile(def.out)
  if (!(def.in instanceof z.ZodTransform) || !isCanonicalAfter) return undefined
  const prepare = def.in.def.transform as (value: unknown) => unknown
  // One that looks at its second argument, the context, is not known to be as simple as this.
  return prepare.length > 1 ? undefined : (value) => prepare(value) === value && isCanonicalAfter(value)
}

interface Member {
  readonly name: string
  readonly isOptional: boolean
  readonly isCanonical: CanonicalCheck
}

/** No members but those of the schema, in its order. */
function compileObject({ shape }: z.ZodObject): CanonicalCheck | undefined {
  const members: Member[] = []
  for (const [name, field] of Object.entries(shape)) {
    const isOptional = field instanceof z.ZodOptional
    const check = compile(isOptional ? field.def.innerType : field)
    if (!check) return undefined
    members.push({ name, isOptional, isCanonical: check })
  }
  return (value) => typeof value === 'object' && value !== null && !Array.isArray(value) && hasMembers(value, members)
}

function hasMembers(value: object, members: readonly Member[]): boolean {
  let at = 0
  for (const name in value) {
    while (at < members.length && members[at]!.name !== name) if (!members[at++]!.isOptional) return false
    if (at === members.length) return false
    if (!members[at++]!.isCanonical((value as Readonly<Record<string, unknown>>)[name])) return false
  }
  while (at < members.length) if (!members[at++]!.isOptional) return false
  return true
}
