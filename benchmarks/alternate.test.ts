import { expect, test } from 'vitest'
import { alternate } from './alternate.ts'

test('alternate, three subjects, measures each once a round and begins each round with the next', async () => {
  const order: string[] = []
  const measured = await alternate(['a', 'b', 'c'], 4, (subject) => order.push(subject))
  expect(order.join('')).toBe('abcbcacababc')
  expect(measured.get('b')).toEqual([2, 4, 9, 11])
})
