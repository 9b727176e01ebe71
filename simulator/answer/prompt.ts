import { asList, asObject, asObjects, asString, isJsonObject, type JsonObject } from '../json.ts'
import { beginsTurn } from '../thought-signature.ts'

export interface PromptedCall {
  readonly name: string
  readonly args: JsonObject
}

/** What the last turn asks for, read by the prompt language of `simulator/README.md`. */
export interface Prompt {
  /** The last user text, as sent. */
  readonly text: string
  readonly calls: readonly PromptedCall[]
  readonly laterCalls: readonly PromptedCall[]
  /** Function results in the last content: the model is to go on from them. */
  readonly results: readonly JsonObject[]
  /** How often results came back in this turn. */
  readonly stepsDone: number
  readonly say: string | null
  readonly words: number | null
  readonly chunks: number | null
  readonly block: string | null
  readonly finish: string | null
}

/** Reads the prompt out of decoded contents. */
export function readPrompt(contents: readonly JsonObject[]): Prompt {
  const turnStart = contents.findLastIndex(beginsTurn)
  const text = asObjects(contents[turnStart]?.parts)
    .map((part) => asString(part.text))
    .filter((piece) => piece !== '')
    .join('\n')
  const steps = contents.slice(turnStart + 1).filter((content) => resultsIn(content).length > 0)
  const count = (name: string) => {
    const found = directive(text, name)
    return found === null || !/^\d+$/.test(found) ? null : Number(found)
  }
  const hasDirectives = text.includes('[[')
  return {
    text,
    calls: findCalls(text, 'call:'),
    laterCalls: findCalls(text, 'then:'),
    results: resultsIn(contents.at(-1)),
    stepsDone: steps.length,
    say: hasDirectives ? directive(text, 'say') : null,
    words: hasDirectives ? count('words') : null,
    chunks: hasDirectives ? count('chunks') : null,
    block: hasDirectives ? directive(text, 'block') : null,
    finish: hasDirectives ? directive(text, 'finish') : null,
  }
}

function resultsIn(content: JsonObject | undefined): readonly JsonObject[] {
  return asObjects(content?.parts)
    .filter((part) => part.functionResponse !== undefined)
    .map((part) => asObject(part.functionResponse))
}

function directive(text: string, name: string): string | null {
  return new RegExp(`\\[\\[${name}:([^]*?)\\]\\]`).exec(text)?.[1] ?? null
}

/** `call:NAME {json}`, as often as it occurs; without JSON the arguments are empty. */
function findCalls(text: string, marker: string): PromptedCall[] {
  const calls: PromptedCall[] = []
  let from = text.indexOf(marker)
  while (from >= 0) {
    const rest = text.slice(from + marker.length)
    const name = /^[A-Za-z_][\w.:-]*/.exec(rest)?.[0]
    if (name) calls.push({ name, args: readArgs(rest.slice(name.length).trimStart()) })
    from = text.indexOf(marker, from + marker.length)
  }
  return calls
}

/** The JSON object at the start of the text; empty when there is none. */
function readArgs(text: string): JsonObject {
  if (!text.startsWith('{')) return {}
  for (let end = text.indexOf('}'); end >= 0; end = text.indexOf('}', end + 1)) {
    try {
      const value: unknown = JSON.parse(text.slice(0, end + 1))
      return isJsonObject(value) ? value : {}
    } catch {
      // This brace closes an inner object or stands in a string: the next one may be the end.
    }
  }
  return {}
}

/** Names of all declared functions with their parameter schemas. */
export function declaredFunctions(request: JsonObject): ReadonlyMap<string, JsonObject> {
  const declared = asObjects(request.tools).flatMap((tool) => asObjects(tool.functionDeclarations))
  return new Map(
    declared.map(({ name, parameters, parametersJsonSchema }) => [
      asString(name),
      asObject(parametersJsonSchema ?? parameters),
    ]),
  )
}

/** The function that mode ANY forces: the first allowed one, else the first declared one. */
export function forcedFunction(
  request: JsonObject,
  declared: ReadonlyMap<string, JsonObject>,
): string | null {
  const { mode, allowedFunctionNames } = asObject(asObject(request.toolConfig).functionCallingConfig)
  if (mode !== 'ANY') return null
  return asString(asList(allowedFunctionNames)[0] ?? [...declared.keys()][0]) || null
}
