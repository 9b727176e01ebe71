import type { Refusal } from '../errors.ts'
import { refuseAsAnthropic } from './anthropic/error.ts'
import type { Dialect } from './dialect.ts'
import { createGeminiDialect } from './gemini/dialect.ts'
import { createGoogleOpenAIDialect } from './google-openai/dialect.ts'
import { refuseAsOpenAI } from './openai/error.ts'

/** Every wire format this gateway speaks. */
export interface Dialects {
  readonly gemini: Dialect
  readonly googleOpenAI: Dialect
  readonly openai: Dialect
  readonly anthropic: Dialect
  /** `GET /v1/models` is a path of three APIs; what the client sends along says which one it means. */
  readonly ofModelList: (request: Request) => Dialect
  /** Whose errors a path gets that leads nowhere, by its prefix. */
  readonly ofPath: (path: string) => Dialect
}

/** @param customHeaders - `CUSTOM_HEADERS`. */
export function createDialects(customHeaders: Readonly<Record<string, string>>): Dialects {
  const gemini = createGeminiDialect(customHeaders)
  const googleOpenAI = createGoogleOpenAIDialect(customHeaders)
  const anthropic = notYet(refuseAsAnthropic, "Anthropic's API is not served by this version.")
  const openai = notYet(
    refuseAsOpenAI,
    "The translation of OpenAI's API is not served by this version. Google's own OpenAI layer is: use the base URL /openai/v1.",
  )
  const openaiModels: Dialect = {
    refuse: refuseAsOpenAI,
    decode: (request) =>
      googleOpenAI.decode({ ...request, path: request.path.replace(/^(\/hf)?(\/v1)?\//, '/v1beta/openai/') }),
  }
  return {
    gemini,
    googleOpenAI,
    openai,
    anthropic,
    ofModelList: ({ headers, url }) => {
      const isGoogles =
        headers.has('x-goog-api-key') || headers.has('x-goog-api-client') || /[?&]key=/.test(url)
      if (isGoogles) return gemini
      return headers.has('anthropic-version') ? anthropic : openaiModels
    },
    ofPath: (path) => {
      if (/^\/(anthropic|claude|v1\/messages)(\/|$)/.test(path)) return anthropic
      return /^\/(hf|chat|completions|responses|embeddings|images|audio)(\/|$)/.test(path) ? openai : gemini
    },
  }
}

/** A dialect whose paths are known and whose errors are right, and that serves nothing yet. */
function notYet(refuse: (refusal: Refusal) => Response, message: string): Dialect {
  return { refuse, decode: async () => ({ kind: 'not-found', message }) }
}
