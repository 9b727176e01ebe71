import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { checkOut } from './checkout.ts'

test('deno check finds no fault in deno_index.ts and all that it imports', async () => {
  await using checkout = await checkOut({ withPackages: true })
  await checkout.run('deno', ['check', '--node-modules-dir=manual', 'deno_index.ts'])
})

test('deno.json names the versions that package.json pins', async () => {
  const { imports } = JSON.parse(await readFile('deno.json', 'utf8'))
  const { dependencies } = JSON.parse(await readFile('package.json', 'utf8'))
  for (const [name, target] of Object.entries(imports)) {
    expect(target).toBe(`npm:${name}@${dependencies[name]}`)
  }
})
