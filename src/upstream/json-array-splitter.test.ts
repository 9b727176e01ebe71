import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { JsonArraySplitter } from './json-array-splitter.ts'

describe('JsonArraySplitter', () => {
  it('gives each element as soon as it is complete', () => {
    const splitter = new JsonArraySplitter()
    expect(splitter.push('[{"a"')).toEqual([])
    expect(splitter.push(': 1}\n,\r\n{"b": {"c": []')).toEqual(['{"a": 1}'])
    expect(splitter.push('}}')).toEqual(['{"b": {"c": []}}'])
    expect(splitter.push(']')).toEqual([])
  })

  it('is not misled by brackets, quotes and backslashes in strings', () => {
    const element = { text: 'a ] } , [ { " \\', '}]': '\\"]' }
    expect(new JsonArraySplitter().push(JSON.stringify([element, element]))).toEqual([
      JSON.stringify(element),
      JSON.stringify(element),
    ])
  })

  it('gives the same elements however an array is written and cut', () => {
    const element = fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.array(fc.jsonValue()))
    fc.assert(
      fc.property(
        fc.array(element),
        fc.constantFrom(undefined, 2),
        fc.array(fc.nat(400)),
        (array, indent, offsets) => {
          const text = JSON.stringify(array, null, indent)
          const cuts = [0, ...offsets.filter((at) => at < text.length).toSorted((a, b) => a - b), text.length]
          const splitter = new JsonArraySplitter()
          const elements = cuts.slice(1).flatMap((end, index) => splitter.push(text.slice(cuts[index], end)))
          expect(elements.map((each) => JSON.parse(each))).toEqual(JSON.parse(text))
        },
      ),
    )
  })
})
