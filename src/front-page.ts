import { VERSION } from './lib/version.ts'

/** What somebody sees who opens the gateway's address in a browser. */
export const FRONT_PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>gemini-balance-edge</title>
<style>body{font:16px/1.6 system-ui,sans-serif;max-width:40rem;margin:10vh auto;padding:0 1rem;color-scheme:light dark}code{background:#8883;padding:.1em .3em;border-radius:.2em}</style>
<h1>gemini-balance-edge</h1>
<p>Version ${VERSION}. One address in front of a pool of Gemini API keys. It is running.</p>
<ul>
<li>Gemini clients: this address as base URL, a token of this gateway as API key.</li>
<li>OpenAI clients, through Google's own OpenAI layer: <code>/openai/v1</code> as base URL.</li>
<li>State: <a href="/health"><code>/health</code></a>. Key check: <code>/verify</code>.</li>
</ul>
</html>
`
