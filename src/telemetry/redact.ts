/** Google's key forms, wherever they stand in a text. */
const GOOGLE_KEY = /AIza[\w-]{10,}|(?<![A-Z])AQ\.[\w-]{10,}/g
/** "Consumer 'api_key:...' has been suspended" quotes the key whatever its form. */
const QUOTED_CONSUMER = /(api_key:)[^'"\s,}]+/g

/** Takes everything that looks like a Google key out of a text that came from outside. */
export function redact(text: string): string {
  return text.replace(GOOGLE_KEY, '[key]').replace(QUOTED_CONSUMER, '$1[key]')
}
