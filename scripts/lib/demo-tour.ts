import type { Simulator } from '../../simulator/simulator.ts'

export const MODEL = 'gemini-3.8-flash'

const CALLS = 12
/** By HTTP status; whatever else the simulator sends here is an answer. */
const REFUSALS: Readonly<Record<number, string>> = { 400: 'refused', 429: 'out of quota' }

export interface TourOptions {
  readonly gatewayUrl: string
  readonly token: string
  readonly simulator: Simulator
  readonly say: (line: string) => void
}

/** Calls the gateway some times and shows, for each call, what the caller got and what Google saw. */
export async function runTour({ gatewayUrl, token, simulator, say }: TourOptions): Promise<void> {
  let answered = 0
  for (let number = 1; number <= CALLS; number++) {
    simulator.clearCalls()
    const response = await fetch(`${gatewayUrl}/v1beta/models/${MODEL}:generateContent`, {
      method: 'POST',
      headers: { 'x-goog-api-key': token, 'content-type': 'application/json' },
      body: JSON.stringify({ contents: [{ role: 'user', parts: [{ text: `hello ${number}` }] }] }),
    })
    await response.body?.cancel()
    if (response.ok) answered++
    const attempts = `x-gateway-attempts: ${response.headers.get('x-gateway-attempts')}`
    say(`  ${String(number).padStart(2)}  ${response.status}  ${attempts}   ${story(simulator)}`)
  }
  say(`\n${answered} of ${CALLS} calls were answered. What Google refused, the callers never saw.`)
}

/** `dead refused, day answered`. */
function story(simulator: Simulator): string {
  return simulator
    .calls()
    .map(({ keyId, status }) => `${keyId} ${REFUSALS[status ?? 0] ?? 'answered'}`)
    .join(', ')
}

export function renderKeys(keys: readonly { readonly id: string; readonly story: string }[]): string {
  return keys.map(({ id, story }) => `  ${id.padEnd(8)} ${story}`).join('\n')
}

/** What to paste into a terminal or a program. */
export function renderSnippets(url: string, token: string): string {
  return `  curl -i ${url}/v1beta/models/${MODEL}:generateContent -H 'x-goog-api-key: ${token}' \\
    -H 'content-type: application/json' -d '{"contents":[{"role":"user","parts":[{"text":"hello"}]}]}'

  curl -N '${url}/v1beta/models/${MODEL}:streamGenerateContent?alt=sse' -H 'x-goog-api-key: ${token}' \\
    -H 'content-type: application/json' -d '{"contents":[{"role":"user","parts":[{"text":"[[words:60]] [[chunks:9]]"}]}]}'

  new GoogleGenAI({ apiKey: '${token}', httpOptions: { baseUrl: '${url}' } })      // @google/genai
  createGoogle({ apiKey: '${token}', baseURL: '${url}/v1beta' })                   // @ai-sdk/google
  GOOGLE_GEMINI_BASE_URL=${url} GEMINI_API_KEY=${token} gemini -p hello            # Gemini CLI

  Watch x-gateway-attempts in the answers, and ${url}/health.`
}
