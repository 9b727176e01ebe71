import { vercelFunction } from '../src/adapters/vercel.ts'

/** To run on Vercel's Node runtime (Fluid compute) instead, write 'nodejs' here. */
export const config = { runtime: 'edge' }

export default vercelFunction
