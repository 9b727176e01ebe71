import { describe, expect, it } from 'vitest'
import { CREDENTIAL_HEADERS } from '../callers/credential.ts'
import { headersToCaller, headersToGoogle } from './forwarded-headers.ts'

describe('headersToGoogle', () => {
  it('forwards what describes the body and the client', () => {
    const headers = {
      accept: '*/*',
      'content-type': 'application/json',
      'user-agent': 'google-genai-sdk/2.18.0',
      'x-goog-api-client': 'google-genai-sdk/2.18.0',
      'x-server-timeout': '60',
    }
    expect(headersToGoogle(new Headers(headers), {})).toEqual(headers)
  })

  it.each(CREDENTIAL_HEADERS)('never forwards the credential in %s', (name) => {
    expect(headersToGoogle(new Headers({ [name]: 'secret' }), {})).toEqual({})
  })

  it.each([
    'accept-encoding',
    'connection',
    'content-length',
    'host',
    'origin',
    'referer',
    'transfer-encoding',
    'forwarded',
    'x-forwarded-for',
    'x-real-ip',
    'cf-connecting-ip',
    'x-vercel-id',
    'x-http-method-override',
    'x-stainless-lang',
    'x-goog-authenticated-user-email',
    'x-goog-iap-jwt-assertion',
  ])('keeps %s back', (name) => {
    expect(headersToGoogle(new Headers({ [name]: '1' }), {})).toEqual({})
  })

  it('lets the operator’s own headers win', () => {
    const forwarded = headersToGoogle(new Headers({ 'User-Agent': 'mine' }), {
      'user-agent': 'ours',
      'cf-aig-token': 't',
    })
    expect(forwarded).toEqual({ 'user-agent': 'ours', 'cf-aig-token': 't' })
  })
})

describe('headersToCaller', () => {
  it('hands on what Google says of its answer', () => {
    const headers = {
      'content-disposition': 'attachment',
      'content-type': 'text/event-stream',
      'retry-after': '3',
      'server-timing': 'gfet4t7; dur=738',
      'x-gemini-service-tier': 'standard',
    }
    expect(Object.fromEntries(headersToCaller(new Headers(headers)))).toEqual(headers)
  })

  it.each([
    'connection',
    'content-encoding',
    'content-length',
    'transfer-encoding',
    'keep-alive',
    'set-cookie',
    'alt-svc',
    'strict-transport-security',
    'x-request-id',
    'access-control-allow-origin',
  ])('keeps %s back', (name) => {
    expect([...headersToCaller(new Headers({ [name]: '1' }))]).toEqual([])
  })
})
