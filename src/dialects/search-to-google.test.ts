import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CREDENTIAL_QUERY_PARAMETERS } from '../callers/credential.ts'
import { searchToGoogle } from './search-to-google.ts'

describe('searchToGoogle', () => {
  it.each([
    ['', ''],
    ['?', ''],
    ['?alt=sse', '?alt=sse'],
    ['?key=secret', ''],
    ['?alt=sse&key=secret', '?alt=sse'],
    ['?key=secret&alt=sse', '?alt=sse'],
    ['?key=a&key=b&pageSize=5', '?pageSize=5'],
    ['?access_token=t&oauth_token=o&pageToken=p', '?pageToken=p'],
    ['?%6bey=secret', ''],
    ['?k%65y=secret&alt=sse', '?alt=sse'],
    ['?$key=secret&alt=sse', '?alt=sse'],
    ['?%24key=secret', ''],
    ['?beta=true', ''],
    ['?beta=true&alt=sse', '?alt=sse'],
    ['?key', ''],
    ['?&&alt=sse&', '?alt=sse'],
    ['?monkey=1&keys=2', '?monkey=1&keys=2'],
    ['?filter=a%26key%3Db', '?filter=a%26key%3Db'],
    ['?%E0%A4=1', '?%E0%A4=1'],
    ['?q=a+b%20c', '?q=a+b%20c'],
  ])('%s becomes %s', (search, forwarded) => {
    expect(searchToGoogle(search)).toBe(forwarded)
  })

  it('lets no credential through, and everything else as it is', () => {
    const name = fc.oneof(
      fc.constantFrom<string>(...CREDENTIAL_QUERY_PARAMETERS),
      fc.string({ minLength: 1 }),
    )
    const pairs = fc.array(fc.tuple(name, fc.string()), { minLength: 1 })
    fc.assert(
      fc.property(pairs, (each) => {
        const forwarded = new URLSearchParams(searchToGoogle(`?${new URLSearchParams(each)}`))
        const wanted = each.filter(
          ([key]) => !new Set<string>([...CREDENTIAL_QUERY_PARAMETERS, 'beta']).has(key.replace(/^\$/, '')),
        )
        expect([...forwarded]).toEqual(wanted)
      }),
    )
  })
})
