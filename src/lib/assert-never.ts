/** Ends an exhaustive switch: a new case of the union becomes a compile error here. */
export function assertNever(value: never): never {
  throw new Error(`Unreachable case: ${String(value)}`)
}
