import { createMemoryKV } from '../../src/kv/memory.ts'
import { SECOND } from '../../src/lib/time.ts'
import { describeKV } from './kv.suite.ts'

describeKV(
  'memory',
  async () => {
    let now = 1_700_000_000_000
    const open = () => createMemoryKV({ now: () => now })
    return {
      kv: open(),
      passSeconds: async (seconds) => {
        now += seconds * SECOND
      },
      openBroken: async () => ({ kv: open(), restore: async () => {} }),
    }
  },
  {
    'a first connection that fails: KVUnavailableError, and the next call tries again':
      'this process cannot be out of its own reach',
  },
)
