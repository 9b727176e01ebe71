import { handleNetlifyRequest } from '../../src/adapters/netlify.ts'

export default handleNetlifyRequest
