import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Checkout, checkOut } from './checkout.ts'

/** What `vercel link` would have written; without it `vercel build` wants a login. */
const LINKED_PROJECT = {
  projectId: 'prj_local',
  orgId: 'team_local',
  settings: { framework: null, nodeVersion: '24.x' },
}

let checkout: Checkout
beforeAll(async () => {
  checkout = await checkOut({ withPackages: false })
  await mkdir(join(checkout.folder, '.vercel'))
  await writeFile(join(checkout.folder, '.vercel/project.json'), JSON.stringify(LINKED_PROJECT))
})
afterAll(() => checkout[Symbol.asyncDispose]())

async function buildOutput(file: string): Promise<unknown> {
  return JSON.parse(await readFile(join(checkout.folder, '.vercel/output', file), 'utf8'))
}

test('vercel build makes one edge function and sends it every path, the query untouched', async () => {
  const output = await checkout.run('vercel', ['build', '--yes'])
  expect(output).toContain('Build Completed')
  expect(output).not.toMatch(/error/i)
  expect(await buildOutput('functions/api/index.func/.vc-config.json')).toMatchObject({
    runtime: 'edge',
    entrypoint: 'api/index.js',
  })
  expect(await buildOutput('config.json')).toMatchObject({
    routes: expect.arrayContaining([{ src: '^(?:/(.*))$', dest: '/api', check: true }]),
  })
})

test("vercel build with api/index.ts switched to 'nodejs' makes a Node function that answers", async () => {
  const entry = join(checkout.folder, 'api/index.ts')
  const source = await readFile(entry, 'utf8')
  const switched = source.replace("runtime: 'edge'", "runtime: 'nodejs'")
  expect(switched).not.toBe(source)
  await writeFile(entry, switched)
  await checkout.run('vercel', ['build', '--yes'])

  const description = await buildOutput('functions/api/index.func/.vc-config.json')
  expect(description).toMatchObject({ launcherType: 'Nodejs', handler: 'api/index.js' })
  const built = join(checkout.folder, '.vercel/output/functions/api/index.func/api/index.js')
  const { default: handler } = await import(pathToFileURL(built).href)
  const response = await handler.fetch(new Request('https://gateway.example/health'))
  expect(response.status).toBe(200)
})
