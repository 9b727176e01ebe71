import { maskKey } from '../keys/api-key.ts'
import type { PoolKey } from '../keys/pool-key.ts'
import type { Millis } from '../lib/time.ts'
import type { ProbeResult } from '../upstream/probe.ts'

/** One line of the answer: the wire format that key-checking tools know, with fields of ours behind it. */
export interface KeyReport {
  /** Masked. */
  readonly key: string
  /**
   * GOOD: Google takes it, though its quota may be spent (see `reason`). BAD: a person must act. ERROR: could
   * not be found out now.
   */
  readonly status: 'GOOD' | 'BAD' | 'ERROR'
  readonly error?: string
  readonly reason?: string
  readonly project?: string
  readonly latencyMs: Millis
}

export interface VerifyOptions {
  readonly probe: (key: PoolKey) => Promise<ProbeResult>
  readonly now: () => Millis
  /** No further key is begun once it is aborted. */
  readonly signal: AbortSignal
  /** Called for each key as it finishes, in whatever order that is. */
  readonly onReport: (report: KeyReport, key: PoolKey) => void
}

const AT_ONCE = 6

/** Checks keys, at most six at a time. Resolves when all are done or the signal is aborted; never rejects. */
export async function verifyKeys(keys: readonly PoolKey[], options: VerifyOptions): Promise<void> {
  const { probe, now, signal, onReport } = options
  const waiting = keys.values()
  const worker = async () => {
    for (const key of waiting) {
      if (signal.aborted) return
      const startedAt = now()
      const result = await probe(key)
      if (!signal.aborted) onReport(toReport(key, result, now() - startedAt), key)
    }
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, keys.length) }, worker))
}

function toReport({ key }: PoolKey, result: ProbeResult, latencyMs: Millis): KeyReport {
  const masked = maskKey(key)
  if (result.kind === 'works') return { key: masked, status: 'GOOD', latencyMs }
  const { failure, message, project } = result
  return {
    key: masked,
    status: statusOf(failure.kind),
    error: message ?? `No answer that could be used (${failure.kind}).`,
    reason: 'reason' in failure ? failure.reason : failure.kind,
    ...(project !== null && { project }),
    latencyMs,
  }
}

function statusOf(kind: Extract<ProbeResult, { kind: 'failed' }>['failure']['kind']): KeyReport['status'] {
  switch (kind) {
    case 'dead-key':
    case 'dead-project':
    case 'unfunded':
      return 'BAD'
    case 'rate-limited':
    case 'model-unavailable':
      return 'GOOD'
    default:
      return 'ERROR'
  }
}
