/** The type of one field of a proto message, as far as JSON can tell. */
export type FieldType =
  | 'string'
  | 'bool'
  | 'int32'
  | 'int64'
  | 'float'
  | 'double'
  | 'bytes'
  | 'struct'
  | 'value'
  | { readonly enum: string; readonly values: ReadonlySet<string> }
  | { readonly message: () => MessageType }
  | { readonly list: FieldType }
  | { readonly map: FieldType }

export interface FieldDescriptor {
  readonly camel: string
  readonly snake: string
  readonly type: FieldType
}

/** A proto message: its fields under both of their JSON names, and its one oneof, if it has one. */
export interface MessageType {
  readonly name: string
  readonly fields: ReadonlyMap<string, FieldDescriptor>
  /** Fields (camelCase) of which only one may be set. */
  readonly oneof: ReadonlySet<string>
}

function snakeCase(camel: string): string {
  return camel.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

export function messageType(
  name: string,
  fields: Readonly<Record<string, FieldType>>,
  oneof: readonly string[] = [],
): MessageType {
  const byName = new Map<string, FieldDescriptor>()
  for (const [camel, type] of Object.entries(fields)) {
    const field = { camel, snake: snakeCase(camel), type }
    byName.set(field.camel, field)
    byName.set(field.snake, field)
  }
  return { name, fields: byName, oneof: new Set(oneof) }
}

export function list(type: FieldType): FieldType {
  return { list: type }
}

export function map(type: FieldType): FieldType {
  return { map: type }
}

/** A message by reference, so that messages may nest in themselves. */
export function message(type: () => MessageType): FieldType {
  return { message: type }
}

export function enumType(name: string, values: readonly string[]): FieldType {
  return { enum: name, values: new Set(values) }
}
