import type { Model } from './models.ts'
import { textTokens } from './tokens.ts'

const TTL_MS = 24 * 60 * 60_000
const KEPT_PER_PROJECT = 64

interface Kept {
  readonly text: string
  readonly until: number
}

/**
 * Implicit caching: a long prefix that a project sent to a model before is cached for that project alone.
 *
 * @source gemini-api.md 7: isolated per project, kept 24 h, with a smallest size per model
 */
export class PromptCache {
  readonly #kept = new Map<string, Kept[]>()

  clear(): void {
    this.#kept.clear()
  }

  /** Cached tokens of a prompt, and remembers it; 0 for one under the model's minimum. */
  take(project: string, model: Model, promptText: () => string, promptTokens: number, now: number): number {
    if (promptTokens < model.cacheMinTokens) return 0
    const name = `${project}\n${model.quotaFamily}`
    const text = promptText()
    const kept = (this.#kept.get(name) ?? []).filter((entry) => entry.until > now)
    const longest = Math.max(0, ...kept.map((entry) => commonLength(entry.text, text)))
    this.#kept.set(name, [...kept, { text, until: now + TTL_MS }].slice(-KEPT_PER_PROJECT))
    const tokens = Math.min(textTokens(text.slice(0, longest)), promptTokens)
    return tokens >= model.cacheMinTokens ? tokens : 0
  }
}

function commonLength(a: string, b: string): number {
  const end = Math.min(a.length, b.length)
  let at = 0
  while (at < end && a.charCodeAt(at) === b.charCodeAt(at)) at++
  return at
}
