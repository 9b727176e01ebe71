/**
 * Stands in for Netlify's bootstrap, which only its cloud has: runs our edge function in Deno with the globals and the
 * context that Netlify documents. What passes here shows our code, not Netlify's.
 *
 * @source docs.netlify.com/build/edge-functions/api
 */
import handle from '../../netlify/edge-functions/gateway.ts'

declare const Deno: {
  readonly env: { toObject(): Record<string, string> }
  serve(handler: (request: Request, info: ServeInfo) => Response | Promise<Response>): unknown
}

interface ServeInfo {
  readonly remoteAddr: { readonly hostname: string }
}

Object.assign(globalThis, { Netlify: { env: Deno.env } })

Deno.serve((request, { remoteAddr }) =>
  handle(request, { ip: remoteAddr.hostname, waitUntil: () => undefined }),
)
