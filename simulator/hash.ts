/** FNV-1a over UTF-16 units, 32 bits, not negative: spreads seeds and texts, protects nothing. */
export function hash(text: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  return h >>> 0
}

/** Numbers in [0, 1) that depend on the seed alone (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** Url-safe text of the given length that depends on the source text alone: looks like Google's ids. */
export function opaqueId(source: string, length: number): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const next = randomNumbers(hash(source))
  let id = ''
  for (let i = 0; i < length; i++) id += alphabet.charAt(Math.floor(next() * alphabet.length))
  return id
}
