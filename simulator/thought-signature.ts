import type { GoogleError } from './google-error.ts'
import { asObject, asObjects, asString, type Json, type JsonObject } from './json.ts'
import type { Model } from './models.ts'
import { corruptedSignature, missingSignature } from './named-errors.ts'

const FIRST_ENFORCED_GENERATION = 3
const MARK = 'gsim1'
/** Real ones are several KB; enough here to be carried with care. */
const FILLER = 'x'.repeat(384)

/** Signatures that Google documents for calls which no Gemini model made. */
const SKIP_VALIDATION = new Set(['skip_thought_signature_validator', 'context_engineering_is_the_way_to_go'])

/** A signature that only this model (and, where that is enforced, this project) takes back. */
export function signThought(model: Model, project: string, salt: string): string {
  return btoa(encodeURIComponent(JSON.stringify([MARK, model.quotaFamily, project, salt, FILLER])))
}

/** Whether a content is the user's own words, and so begins a turn. */
export function beginsTurn(content: JsonObject): boolean {
  if (asString(content.role, 'user') === 'model') return false
  return asObjects(content.parts).some((part) => part.functionResponse === undefined)
}

/**
 * Enforces the signature rule of Gemini 3 and later.
 *
 * In the current turn the first functionCall of each model content must carry a signature; any signature on a functionCall must
 * be one of ours for this model, or a documented skip value. 2.5 and older: never enforced.
 *
 * @source gemini-api.md 4.5
 */
export function checkSignatures(
  contents: readonly JsonObject[],
  model: Model,
  project: string,
  bindsToProject: boolean,
): GoogleError | null {
  if (model.generation < FIRST_ENFORCED_GENERATION) return null
  const turnStart = contents.findLastIndex(beginsTurn)
  for (const [index, content] of contents.entries()) {
    const calls = asObjects(content.parts).filter((part) => part.functionCall !== undefined)
    const [first] = calls
    if (index > turnStart && first && !asString(first.thoughtSignature)) {
      return missingSignature(asString(asObject(first.functionCall).name), index + 1)
    }
    const isForged = calls.some(({ thoughtSignature }) => {
      const signature = asString(thoughtSignature)
      return signature !== '' && !accepts(signature, model, bindsToProject ? project : null)
    })
    if (isForged) return corruptedSignature()
  }
  return null
}

function accepts(signature: string, model: Model, project: string | null): boolean {
  if (SKIP_VALIDATION.has(signature)) return true
  const [mark, family, owner] = open(signature)
  return mark === MARK && family === model.quotaFamily && (project === null || owner === project)
}

function open(signature: string): readonly Json[] {
  try {
    const content: unknown = JSON.parse(decodeURIComponent(atob(signature)))
    return Array.isArray(content) ? content : []
  } catch {
    // Not one of ours, which is what the caller wants to know.
    return []
  }
}
