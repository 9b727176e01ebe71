import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { checkOut } from './checkout.ts'

/** A newcomer's worker starts faster the smaller it is; the free plan allows 3 MB. */
const MAX_GZIPPED_BYTES = 100_000

test('wrangler deploy --dry-run accepts wrangler.toml and bundles a worker of at most 100 kB gzipped', async () => {
  await using checkout = await checkOut({ withPackages: true })
  const output = await checkout.run('wrangler', ['deploy', '--dry-run', '--minify', '--outdir', 'out'])
  expect(output).toContain('--dry-run: exiting now.')
  expect(output).not.toMatch(/warning/i)

  const worker = await readFile(join(checkout.folder, 'out/cloudflare.js'))
  expect(worker.toString()).toContain('gemini-balance-edge')
  expect(gzipSync(worker).byteLength).toBeLessThanOrEqual(MAX_GZIPPED_BYTES)
})
