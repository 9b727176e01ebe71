import { serveDeno } from './src/adapters/deno.ts'

serveDeno()
