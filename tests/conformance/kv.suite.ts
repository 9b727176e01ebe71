import { describe, test } from 'vitest'
import type { KV } from '../../src/kv/kv.ts'
import { KV_CHECKS, type KVCheck, type KVCheckName, type KVHooks } from './kv.checks.ts'

/** An empty store and what the checks need beside it. */
export interface KVUnderTest extends KVHooks {
  readonly kv: KV
  /** Frees what the store was opened on, after the store itself was closed. */
  readonly dispose?: () => Promise<void>
}

/** What a backend cannot do, with the reason. Such a check must fail: one that passes is news, and fails the suite. */
export type ExpectedFailures = Readonly<Partial<Record<KVCheckName, string>>>

/**
 * Runs every check against one driver on its real backend.
 *
 * @param open - called once for each check.
 */
export function describeKV(
  name: string,
  open: () => Promise<KVUnderTest>,
  expectedFailures: ExpectedFailures = {},
): void {
  const reasons: Readonly<Record<string, string | undefined>> = expectedFailures
  describe(`the KV contract, ${name}`, () => {
    for (const [title, check] of Object.entries<KVCheck>(KV_CHECKS)) {
      const reason = reasons[title]
      const run = () => runOnFreshStore(open, check)
      if (reason === undefined) test(title, run)
      else test.fails(`${title} (not here: ${reason})`, run)
    }
  })
}

async function runOnFreshStore(open: () => Promise<KVUnderTest>, check: KVCheck): Promise<void> {
  const { kv, dispose, ...hooks } = await open()
  try {
    await check(kv, hooks)
  } finally {
    await kv.close()
    await dispose?.()
  }
}
