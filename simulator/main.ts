import { parseArgs } from 'node:util'
import * as z from 'zod'
import { keySchema } from './control/schema.ts'
import { createSimulator } from './simulator.ts'

const DEFAULT_PORT = '8788'

/** `KEY`, `KEY:PROJECT` or `KEY:PROJECT:TIER`. */
function readKey(text: string) {
  const [key, project, tier] = text.split(':')
  return { key, ...(project && { project }), ...(tier && { tier }) }
}

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: DEFAULT_PORT },
    host: { type: 'string', default: '127.0.0.1' },
    key: { type: 'string', multiple: true, default: [] },
    'accept-any-key': { type: 'boolean', default: false },
    'no-gzip': { type: 'boolean', default: false },
    'record-calls': { type: 'boolean', default: false },
  },
})

const simulator = createSimulator({
  keys: z.array(keySchema).parse(values.key.map(readKey)),
  settings: {
    gzip: !values['no-gzip'],
    acceptAnyKey: values['accept-any-key'],
    recordCalls: values['record-calls'],
  },
})
const server = await simulator.listen({ host: values.host, port: Number(values.port) })
console.log(server.url)
