import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkOut } from './checkout.ts'

test('netlify build bundles the edge function and gives it every path', async () => {
  await using checkout = await checkOut({ withPackages: true })
  await checkout.run('netlify', ['build', '--offline'])

  const dist = join(checkout.folder, '.netlify/edge-functions-dist')
  const manifest = JSON.parse(await readFile(join(dist, 'manifest.json'), 'utf8'))
  expect(manifest.routes).toEqual([
    expect.objectContaining({ function: 'gateway', path: '/*', excluded_patterns: [] }),
  ])
  expect(new RegExp(manifest.routes[0].pattern).test('/v1beta/models')).toBe(true)
  expect((await stat(join(dist, manifest.bundles[0].asset))).size).toBeGreaterThan(0)
})
