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

const keys = z.array(keySchema).safeParse(values.key.map(readKey))
const port = z.coerce.number().int().min(0).max(65_535).safeParse(values.port)
if (!keys.success || !port.success) {
  console.error(
    keys.success
      ? '--port wants a number from 0 to 65535'
      : `--key wants KEY[:PROJECT[:free|paid]]\n${z.prettifyError(keys.error)}`,
  )
  process.exit(1)
}

const simulator = createSimulator({
  keys: keys.data,
  settings: {
    gzip: !values['no-gzip'],
    acceptAnyKey: values['accept-any-key'],
    recordCalls: values['record-calls'],
  },
})
const server = await simulator.listen({ host: values.host, port: port.data })
console.log(server.url)
