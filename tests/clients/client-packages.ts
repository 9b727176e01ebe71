import { importTool } from '../../scripts/lib/toolchain.ts'
import type { AiSdk, GoogleProviderPackage } from './ai-sdk-types.ts'
import type { GenAIPackage } from './genai-types.ts'

/** `@google/genai` as Node imports it. */
export const loadGenAI = () => importTool<GenAIPackage>('clients', '@google/genai/node')
export const loadAiSdk = () => importTool<AiSdk>('clients', 'ai')
export const loadGoogleProvider = () => importTool<GoogleProviderPackage>('clients', '@ai-sdk/google')
