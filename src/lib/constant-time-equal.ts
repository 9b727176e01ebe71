/**
 * Compares two secrets without telling by its duration where they differ.
 *
 * Works on UTF-16 code units, over the length of `given`, so that only the length of what the caller
 * itself sent can be timed.
 */
export function constantTimeEqual(given: string, secret: string): boolean {
  let difference = given.length ^ secret.length
  for (let i = 0; i < given.length; i++) {
    difference |= given.charCodeAt(i) ^ secret.charCodeAt(secret.length === 0 ? 0 : i % secret.length)
  }
  return difference === 0
}
