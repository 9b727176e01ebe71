/**
 * Takes a streamed JSON array apart into its elements' texts, however the text is cut.
 *
 * Follows only strings and brackets; whether an element is valid JSON is for its reader to find out.
 */
export class JsonArraySplitter {
  #depth = 0
  #hasClosed = false
  #isInString = false
  #isEscaped = false
  #element = ''

  /** Whether the array has come to its end. */
  get hasClosed(): boolean {
    return this.#hasClosed
  }

  /** @returns the elements that this piece of text completes. */
  push(text: string): string[] {
    const complete: string[] = []
    for (const char of text) {
      if (this.#depth > 1 || (this.#depth === 1 && (char === '{' || char === '['))) this.#element += char
      if (this.#isInString) this.#followString(char)
      else if (char === '"') this.#isInString = true
      else if (char === '{' || char === '[') this.#depth++
      else if (char === '}' || char === ']') {
        this.#depth--
        this.#hasClosed = this.#depth === 0
        if (this.#depth === 1) {
          complete.push(this.#element)
          this.#element = ''
        }
      }
    }
    return complete
  }

  #followString(char: string): void {
    if (this.#isEscaped) this.#isEscaped = false
    else if (char === '\\') this.#isEscaped = true
    else if (char === '"') this.#isInString = false
  }
}
