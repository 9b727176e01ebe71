/** Of `@google/genai` 3.1.0, what the tests touch: its own types are not installed where the project is checked. */
export interface GenAIPackage {
  readonly GoogleGenAI: new (options?: GenAIOptions) => GenAI
  readonly ApiError: new (...arguments_: never) => ApiError
}

interface GenAIOptions {
  readonly apiKey?: string
  readonly apiVersion?: string
  readonly httpOptions?: { readonly baseUrl?: string; readonly retryOptions?: { readonly attempts: number } }
}

interface ApiError extends Error {
  readonly status: number
}

export interface GenAI {
  readonly models: {
    generateContent(request: GenerateRequest): Promise<GenerateResponse>
    generateContentStream(request: GenerateRequest): Promise<AsyncIterable<GenerateResponse>>
    countTokens(
      request: Pick<GenerateRequest, 'model' | 'contents'>,
    ): Promise<{ readonly totalTokens: number }>
    embedContent(request: {
      readonly model: string
      readonly contents: string | readonly string[]
      readonly config?: { readonly outputDimensionality: number }
    }): Promise<{ readonly embeddings: readonly { readonly values: readonly number[] }[] }>
    list(request?: { readonly config: { readonly pageSize: number } }): Promise<AsyncIterable<Model>>
    get(request: { readonly model: string }): Promise<Model>
  }
  readonly chats: { create(request: { readonly model: string; readonly config?: GenerateConfig }): Chat }
}

interface Model {
  readonly name: string
  readonly inputTokenLimit: number
}

export interface Chat {
  sendMessage(request: { readonly message: string | readonly Part[] }): Promise<GenerateResponse>
  sendMessageStream(request: {
    readonly message: string | readonly Part[]
  }): Promise<AsyncIterable<GenerateResponse>>
  getHistory(): readonly Content[]
}

interface GenerateRequest {
  readonly model: string
  readonly contents: string | readonly Content[]
  readonly config?: GenerateConfig
}

interface GenerateConfig {
  readonly abortSignal?: AbortSignal
  readonly responseMimeType?: string
  readonly responseJsonSchema?: object
  readonly systemInstruction?: string
  readonly temperature?: number
  readonly thinkingConfig?: { readonly includeThoughts?: boolean; readonly thinkingLevel?: string }
  readonly tools?: readonly (Tool | CallableTool)[]
}

interface Tool {
  readonly functionDeclarations: readonly {
    readonly name: string
    readonly description: string
    readonly parametersJsonSchema: object
  }[]
}

/** A tool that the SDK calls by itself. */
export interface CallableTool {
  tool(): Promise<Tool>
  callTool(calls: readonly FunctionCall[]): Promise<readonly Part[]>
}

export interface FunctionCall {
  readonly id?: string
  readonly name?: string
  readonly args?: Readonly<Record<string, unknown>>
}

interface Content {
  readonly role?: string
  readonly parts?: readonly Part[]
}

export interface Part {
  readonly text?: string
  readonly thought?: boolean
  readonly thoughtSignature?: string
  readonly functionCall?: FunctionCall
  readonly functionResponse?: { readonly id?: string; readonly name: string; readonly response: object }
}

export interface GenerateResponse {
  readonly text: string | undefined
  readonly functionCalls: readonly FunctionCall[] | undefined
  readonly candidates?: readonly { readonly content?: Content; readonly finishReason?: string }[]
  readonly usageMetadata?: { readonly thoughtsTokenCount?: number; readonly totalTokenCount?: number }
  readonly sdkHttpResponse?: { readonly headers?: Readonly<Record<string, string>> }
}
