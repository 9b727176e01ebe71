/**
 * The two assertions that the checks need, without a test framework: they run inside workers and in Deno too.
 */

const MAX_SHOWN = 300

/** Compares by JSON text: names of an object in the same order. */
export function expectEqual(actual: unknown, expected: unknown): void {
  const [actualText, expectedText] = [JSON.stringify(actual), JSON.stringify(expected)]
  if (actualText !== expectedText)
    throw new Error(`expected ${shorten(expectedText)}, got ${shorten(actualText)}`)
}

/** By the error's name, which survives another realm and another bundle. */
export async function expectRejection(name: string, call: () => Promise<unknown>): Promise<void> {
  let result: unknown
  try {
    result = await call()
  } catch (error) {
    if (error instanceof Error && error.name === name) return
    throw new Error(`expected a ${name}, got ${String(error)}`, { cause: error })
  }
  throw new Error(`expected a ${name}, got the value ${shorten(JSON.stringify(result))}`)
}

function shorten(text: string | undefined): string {
  const shown = String(text)
  return shown.length <= MAX_SHOWN ? shown : `${shown.slice(0, MAX_SHOWN)}... (${shown.length} characters)`
}
