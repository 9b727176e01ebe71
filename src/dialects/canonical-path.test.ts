import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalPath, splitUrl } from './canonical-path.ts'

describe('canonicalPath, forgiving base URLs', () => {
  it.each([
    // as they should be
    ['/v1beta/models/x:generateContent', '/v1beta/models/x:generateContent'],
    ['/v1/chat/completions', '/v1/chat/completions'],
    ['/v1/messages', '/v1/messages'],
    ['/gemini/v1beta/models', '/gemini/v1beta/models'],
    ['/', '/'],
    ['/health', '/health'],
    ['/admin/api/keys', '/admin/api/keys'],
    // slashes
    ['//v1beta//models///x:generateContent/', '/v1beta/models/x:generateContent'],
    ['//ws/google.ai.generativelanguage.v1beta.X', '/ws/google.ai.generativelanguage.v1beta.X'],
    ['/v1/models/', '/v1/models'],
    ['///', '/'],
    // /api
    ['/api/v1/models', '/v1/models'],
    ['/api/v1beta/v1beta/models', '/v1beta/models'],
    ['/api//v1/chat/completions', '/v1/chat/completions'],
    ['/apiv1/models', '/apiv1/models'],
    // versions
    ['/v1/v1/chat/completions', '/v1/chat/completions'],
    ['/v1beta/v1beta/models/x:countTokens', '/v1beta/models/x:countTokens'],
    ['/v1beta/v1/models', '/v1/models'],
    ['/v1/v1beta/v1alpha/models', '/v1alpha/models'],
    ['/gemini/v1beta/v1beta/models', '/gemini/v1beta/models'],
    ['/hf/v1/v1/chat/completions', '/hf/v1/chat/completions'],
    ['/v1/v1', '/v1'],
    ['/v1/v1betamax', '/v1/v1betamax'],
    // a version that is missing
    ['/models/x:generateContent', '/v1beta/models/x:generateContent'],
    ['/gemini/models/x:generateContent', '/gemini/v1beta/models/x:generateContent'],
    ['/cachedContents', '/v1beta/cachedContents'],
    ['/interactions', '/v1beta/interactions'],
    // Google's OpenAI layer
    ['/openai/v1/chat/completions', '/v1beta/openai/chat/completions'],
    ['/openai/chat/completions', '/v1beta/openai/chat/completions'],
    ['/v1beta/openai/chat/completions', '/v1beta/openai/chat/completions'],
    ['/v1beta/openai/v1/chat/completions', '/v1beta/openai/chat/completions'],
    ['/openai/v1/v1/models', '/v1beta/openai/models'],
    ['/v1beta/v1beta/openai/models', '/v1beta/openai/models'],
    ['/api/openai/v1/models', '/v1beta/openai/models'],
    ['/openaix/v1/models', '/openaix/v1/models'],
    // encoding is left alone
    ['/v1beta/models/a%2Fb:generateContent', '/v1beta/models/a%2Fb:generateContent'],
    ['/v1beta/%2e%2e/models', '/v1beta/%2e%2e/models'],
    ['/%76%31/models', '/%76%31/models'],
  ])('%s is %s', (path, canonical) => {
    expect(canonicalPath(path)).toBe(canonical)
  })

  it('is its own canonical form, and begins with one slash', () => {
    const words = [
      'v1',
      'v1beta',
      'v1alpha',
      'api',
      'openai',
      'gemini',
      'hf',
      'models',
      'interactions',
      'x:y',
      '',
      '%2F',
    ]
    const path = fc
      .array(fc.constantFrom(...words), { maxLength: 7 })
      .map((segments) => `/${segments.join('/')}`)
    fc.assert(
      fc.property(path, (each) => {
        const canonical = canonicalPath(each)
        expect(canonicalPath(canonical)).toBe(canonical)
        expect(canonical).toMatch(/^\/(?!\/)/)
      }),
      { numRuns: 2_000 },
    )
  })

  it('takes no time for a hostile path', () => {
    const startedAt = performance.now()
    canonicalPath(`/${'v1/'.repeat(50_000)}x${'/'.repeat(50_000)}y`)
    expect(performance.now() - startedAt).toBeLessThan(500)
  })
})

describe('splitUrl', () => {
  it('gives what URL gives, for every URL of a request', () => {
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true, withFragments: true }), (text) => {
        const { href, pathname, search } = new URL(text)
        expect(splitUrl(href)).toEqual({
          pathname,
          search: search === '' && href.includes('?') ? splitUrl(href).search : search,
        })
      }),
    )
  })

  it.each([
    ['http://h/', '/', ''],
    ['http://h//v1//x?a=/b?c', '//v1//x', '?a=/b?c'],
    ['http://h:8787/x#f?a=b', '/x', ''],
    ['http://h/x?a#f', '/x', '?a'],
  ])('%s', (url, pathname, search) => {
    expect(splitUrl(url)).toEqual({ pathname, search })
  })
})
