/**
 * Trims a pasted value, and takes off one pair of quotes around it: people copy `"value"` from a file or a page.
 * Quotes stay when the same quote also stands inside (`"a","b"` is a list, not one quoted value).
 */
export function unquote(text: string): string {
  const trimmed = text.trim()
  const quote = trimmed[0]
  if (trimmed.length < 2 || (quote !== '"' && quote !== "'") || !trimmed.endsWith(quote)) return trimmed
  const inner = trimmed.slice(1, -1)
  return inner.includes(quote) ? trimmed : inner.trim()
}
