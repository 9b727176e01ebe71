/** Of `ai` 7.0.173, what the tests touch: its own types are not installed where the project is checked. */
export interface AiSdk {
  generateText(request: TextRequest): Promise<TextResult>
  streamText(
    request: TextRequest & { readonly onError?: (event: { readonly error: unknown }) => void },
  ): StreamResult
  embedMany(request: {
    readonly model: EmbeddingModel
    readonly values: readonly string[]
  }): Promise<{ readonly embeddings: readonly (readonly number[])[] }>
  embed(request: {
    readonly model: EmbeddingModel
    readonly value: string
  }): Promise<{ readonly embedding: readonly number[] }>
  tool(definition: {
    readonly description: string
    readonly inputSchema: Schema
    readonly execute: (input: { readonly city: string }) => Promise<object>
  }): Tool
  jsonSchema(schema: object): Schema
  stepCountIs(count: number): StopCondition
  readonly Output: { object(options: { readonly schema: Schema }): OutputFormat }
  readonly APICallError: new (...arguments_: never) => ApiCallError
}

/** Of `@ai-sdk/google` 4.0.121. */
export interface GoogleProviderPackage {
  createGoogle(options: { readonly apiKey: string; readonly baseURL: string }): GoogleProvider
}

export interface GoogleProvider {
  (model: string): LanguageModel
  embedding(model: string): EmbeddingModel
}

/** What the tests only hand on, from one function of the SDK to another. */
interface Opaque<Name extends string> {
  readonly __name: Name
}
type LanguageModel = Opaque<'LanguageModel'>
type EmbeddingModel = Opaque<'EmbeddingModel'>
type Tool = Opaque<'Tool'>
type Schema = Opaque<'Schema'>
type StopCondition = Opaque<'StopCondition'>
type OutputFormat = Opaque<'OutputFormat'>

interface TextRequest {
  readonly model: LanguageModel
  readonly prompt: string
  readonly system?: string
  readonly maxRetries?: number
  readonly tools?: Readonly<Record<string, Tool>>
  readonly stopWhen?: StopCondition
  readonly output?: OutputFormat
  readonly abortSignal?: AbortSignal
  readonly providerOptions?: {
    readonly google: { readonly thinkingConfig: { readonly includeThoughts: boolean } }
  }
}

interface TextResult {
  readonly text: string
  readonly reasoningText: string | undefined
  readonly finishReason: string
  readonly output: unknown
  readonly steps: readonly object[]
  readonly usage: { readonly totalTokens: number | undefined }
  readonly response: { readonly headers?: Readonly<Record<string, string>> }
}

interface StreamResult {
  readonly textStream: AsyncIterable<string>
  readonly text: PromiseLike<string>
  readonly finishReason: PromiseLike<string>
  readonly steps: PromiseLike<readonly object[]>
}

interface ApiCallError extends Error {
  readonly statusCode: number | undefined
  readonly isRetryable: boolean
  readonly responseHeaders?: Readonly<Record<string, string>>
}
