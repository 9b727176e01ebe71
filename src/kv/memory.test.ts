import { expect, test, vi } from 'vitest'
import { MINUTE } from '../lib/time.ts'
import { createMemoryKV } from './memory.ts'

test('createMemoryKV, expired entries never read again, are let go while others are written', async () => {
  let now = 0
  const kv = createMemoryKV({ now: () => now })
  for (let i = 0; i < 1000; i++) await kv.set(`short/${i}`, i, { ttlSeconds: 1 })
  await kv.set('stays', 1)
  now += MINUTE
  const deletion = vi.spyOn(Map.prototype, 'delete')
  for (let i = 0; i < 500; i++) await kv.set('busy', i)
  const deleted = deletion.mock.calls.map(([key]) => String(key))
  expect(new Set(deleted).size).toBe(1000)
  expect(deleted.every((key) => key.startsWith('short/'))).toBe(true)
})
