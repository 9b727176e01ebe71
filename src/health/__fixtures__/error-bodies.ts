import type { Failure } from '../../errors.ts'

/** One answer of Google's as it was seen on the wire, and whose fault it is. */
export interface RecordedError {
  readonly name: string
  readonly status: number
  readonly retryAfter?: string
  readonly body: string
  readonly failure: Failure
}

const INVALID_KEY = `{
  "error": {
    "code": 400,
    "message": "API key not valid. Please pass a valid API key.",
    "status": "INVALID_ARGUMENT",
    "details": [
      {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "API_KEY_INVALID",
        "domain": "googleapis.com",
        "metadata": {
          "service": "generativelanguage.googleapis.com"
        }
      },
      {
        "@type": "type.googleapis.com/google.rpc.LocalizedMessage",
        "locale": "en-US",
        "message": "API key not valid. Please pass a valid API key."
      }
    ]
  }
}
`

const UNSUPPORTED_KEY_FORM =
  '{"error":{"code":401,"message":"Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.","status":"UNAUTHENTICATED","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"ACCESS_TOKEN_TYPE_UNSUPPORTED","metadata":{"method":"google.ai.generativelanguage.v1beta.GenerativeService.GenerateContent","service":"generativelanguage.googleapis.com"}}]}}'

export const SUSPENDED_BODY =
  '{"error":{"code":403,"message":"Permission denied: Consumer \'api_key:AIzaSyFixture0000000000000000000000000\' has been suspended.","status":"PERMISSION_DENIED","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"CONSUMER_SUSPENDED","domain":"googleapis.com","metadata":{"service":"generativelanguage.googleapis.com","consumer":"projects/123456789","containerInfo":"api_key:AIzaSyFixture0000000000000000000000000"}}]}}'

export const API_DISABLED_BODY = `{
  "error": {
    "code": 403,
    "message": "Generative Language API has not been used in project 12345678 before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/generativelanguage.googleapis.com/overview?project=12345678 then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry.",
    "status": "PERMISSION_DENIED",
    "details": [
      {
        "@type": "type.googleapis.com/google.rpc.Help",
        "links": [
          {
            "description": "Google developers console API activation",
            "url": "https://console.developers.google.com/apis/api/generativelanguage.googleapis.com/overview?project=12345678"
          }
        ]
      },
      {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "SERVICE_DISABLED",
        "domain": "googleapis.com",
        "metadata": {
          "service": "generativelanguage.googleapis.com",
          "consumer": "projects/12345678"
        }
      }
    ]
  }
}
`

/** The form of 2026: Help, QuotaFailure, RetryInfo; a day's quota with a short delay that is not true. */
export const FREE_DAY_BODY =
  '{"error":{"code":429,"message":"You exceeded your current quota, please check your plan and billing details. For more information on this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits. To monitor your current usage, head to: https://ai.dev/rate-limit. \\n* Quota exceeded for metric: generativelanguage.googleapis.com/generate_content_free_tier_requests, limit: 20, model: gemini-3.8-flash\\nPlease retry in 25.465784708s.","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.Help","links":[{"description":"Learn more about Gemini API quotas","url":"https://ai.google.dev/gemini-api/docs/rate-limits"}]},{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaMetric":"generativelanguage.googleapis.com/generate_content_free_tier_requests","quotaId":"GenerateRequestsPerDayPerProjectPerModel-FreeTier","quotaDimensions":{"location":"global","model":"gemini-3.8-flash"},"quotaValue":"20"}]},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"25s"}]}}'

/** The paid daily refusal, complete: array-wrapped, and naming the quota's model instead of the requested one. */
export const PAID_DAY_BODY =
  '[{"error":{"code":429,"message":"You exceeded your current quota, please check your plan and billing details. For more information on this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits. To monitor your current usage, head to: https://ai.dev/rate-limit. \\n* Quota exceeded for metric: generativelanguage.googleapis.com/generate_requests_per_model_per_day, limit: 250, model: gemini-3.1-pro\\nPlease retry in 10h50m43.651927829s.","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.Help","links":[{"description":"Learn more about Gemini API quotas","url":"https://ai.google.dev/gemini-api/docs/rate-limits"}]},{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaMetric":"generativelanguage.googleapis.com/generate_requests_per_model_per_day","quotaId":"GenerateRequestsPerDayPerProjectPerModel","quotaDimensions":{"location":"global","model":"gemini-3.1-pro"},"quotaValue":"250"}]},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"39043s"}]}}]'

/** The order of 2025: QuotaFailure, Help, RetryInfo. */
const TOKENS_PER_MINUTE_2025_BODY =
  '{"error":{"code":429,"message":"You exceeded your current quota, please check your plan and billing details. For more information on this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits.","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaMetric":"generativelanguage.googleapis.com/generate_content_free_tier_input_token_count","quotaId":"GenerateContentInputTokensPerModelPerMinute-FreeTier","quotaDimensions":{"location":"global","model":"gemini-2.5-pro"},"quotaValue":"250000"}]},{"@type":"type.googleapis.com/google.rpc.Help","links":[{"description":"Google developers documentation.","url":"https://ai.google.dev/gemini-api/docs/rate-limits"}]},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.074824224s"}]}}'

const NO_QUOTA_VALUE_BODY =
  '{"error":{"code":429,"message":"You exceeded your current quota.","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaMetric":"generativelanguage.googleapis.com/generate_content_free_tier_requests","quotaId":"GenerateRequestsPerMinutePerProjectPerModel-FreeTier","quotaDimensions":{"model":"gemini-3.8-flash","location":"global"}}]},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"900ms"}]}}'

const MINUTE_THEN_DAY_BODY =
  '{"error":{"code":429,"message":"You exceeded your current quota. \\n* Quota exceeded for metric: generativelanguage.googleapis.com/generate_content_free_tier_requests, limit: 10, model: gemini-3.8-flash\\n* Quota exceeded for metric: generativelanguage.googleapis.com/generate_content_free_tier_requests, limit: 20, model: gemini-3.8-flash\\nPlease retry in 38s.","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaMetric":"generativelanguage.googleapis.com/generate_content_free_tier_requests","quotaId":"GenerateRequestsPerMinutePerProjectPerModel-FreeTier","quotaDimensions":{"location":"global","model":"gemini-3.8-flash"},"quotaValue":"10"},{"quotaMetric":"generativelanguage.googleapis.com/generate_content_free_tier_requests","quotaId":"GenerateRequestsPerDayPerProjectPerModel-FreeTier","quotaDimensions":{"location":"global","model":"gemini-3.8-flash"},"quotaValue":"20"}]},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"38s"}]}}'

const LIMIT_ZERO_BODY =
  '{"error":{"code":429,"message":"You exceeded your current quota, please check your plan and billing details. \\n* Quota exceeded for metric: generativelanguage.googleapis.com/generate_content_free_tier_requests, limit: 0, model: gemini-3.1-pro\\n* Quota exceeded for metric: generativelanguage.googleapis.com/generate_content_free_tier_input_token_count, limit: 0, model: gemini-3.1-pro\\nPlease retry in 12.5s.","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaMetric":"generativelanguage.googleapis.com/generate_content_free_tier_requests","quotaId":"GenerateRequestsPerDayPerProjectPerModel-FreeTier","quotaDimensions":{"location":"global","model":"gemini-3.1-pro"}},{"quotaMetric":"generativelanguage.googleapis.com/generate_content_free_tier_input_token_count","quotaId":"GenerateContentInputTokensPerModelPerMinute-FreeTier","quotaDimensions":{"location":"global","model":"gemini-3.1-pro"}}]},{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"12s"}]}}'

const OLD_RATE_LIMIT_BODY =
  '{"error":{"code":429,"message":"Quota exceeded for quota metric \'Generate Content API requests per minute\' and limit \'GenerateContent request limit per minute for a region\' of service \'generativelanguage.googleapis.com\' for consumer \'project_number:12345678\'.","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"RATE_LIMIT_EXCEEDED","domain":"googleapis.com","metadata":{"service":"generativelanguage.googleapis.com","consumer":"projects/12345678","quota_limit_value":"0","quota_limit":"GenerateContentRequestsPerMinutePerProjectPerRegion","quota_location":"us-east2","quota_metric":"generativelanguage.googleapis.com/generate_content_requests"}}]}}'

const FRONT_END_404 =
  '<!DOCTYPE html>\n<html lang=en>\n  <meta charset=utf-8>\n  <title>Error 404 (Not Found)!!1</title>\n  <p><b>404.</b> <ins>That’s an error.</ins>\n'

function envelope(code: number, status: string, message: string): string {
  return `${JSON.stringify({ error: { code, message, status } }, null, 2)}\n`
}

function interactions(code: string, message: string): string {
  return JSON.stringify({ error: { code, message } })
}

const CALLER_400 = { kind: 'caller-fault', status: 400 } as const

/** @source gemini-api.md 3.1 to 3.5 and 9.9, which name the capture of each body. */
export const RECORDED_ERRORS: readonly RecordedError[] = [
  // Keys
  { name: 'an invalid key', status: 400, body: INVALID_KEY, failure: { kind: 'dead-key', reason: 'invalid' } },
  {
    name: 'an invalid key, as the OpenAI layer wraps it',
    status: 400,
    body: `[${INVALID_KEY}]`,
    failure: { kind: 'dead-key', reason: 'invalid' },
  },
  {
    name: 'an invalid key without details',
    status: 400,
    body: envelope(400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.'),
    failure: { kind: 'dead-key', reason: 'invalid' },
  },
  {
    name: 'an expired key',
    status: 400,
    body: INVALID_KEY.replaceAll(
      'API key not valid. Please pass a valid API key.',
      'API key expired. Please renew the API key.',
    ),
    failure: { kind: 'dead-key', reason: 'expired' },
  },
  {
    name: 'a deleted key',
    status: 400,
    body: envelope(400, 'INVALID_ARGUMENT', 'API key not found. Please pass a valid API key.'),
    failure: { kind: 'dead-key', reason: 'invalid' },
  },
  {
    name: 'an invalid key in the Interactions form',
    status: 400,
    body: interactions('invalid_request', 'API key not valid. Please pass a valid API key.'),
    failure: { kind: 'dead-key', reason: 'invalid' },
  },
  {
    name: 'a key form that is not accepted',
    status: 401,
    body: UNSUPPORTED_KEY_FORM,
    failure: { kind: 'dead-key', reason: 'unauthenticated' },
  },
  {
    name: 'an authentication error of Interactions',
    status: 401,
    body: interactions('authentication', 'Request had invalid authentication credentials.'),
    failure: { kind: 'dead-key', reason: 'unauthenticated' },
  },
  {
    name: 'a leaked key',
    status: 403,
    body: envelope(403, 'PERMISSION_DENIED', 'Your API key was reported as leaked. Please use another API key.'),
    failure: { kind: 'dead-key', reason: 'leaked' },
  },
  { name: 'a suspended consumer', status: 403, body: SUSPENDED_BODY, failure: { kind: 'dead-key', reason: 'suspended' } },
  {
    name: 'a suspended consumer without details',
    status: 403,
    body: envelope(403, 'PERMISSION_DENIED', "Permission denied: Consumer 'api_key:AIza...' has been suspended."),
    failure: { kind: 'dead-key', reason: 'suspended' },
  },
  {
    name: 'a referrer restriction',
    status: 403,
    body: envelope(403, 'PERMISSION_DENIED', 'Requests from referer <empty> are blocked.'),
    failure: { kind: 'dead-key', reason: 'restricted' },
  },
  {
    name: 'a service restriction',
    status: 403,
    body: '{"error":{"code":403,"message":"Requests to this API generativelanguage.googleapis.com method google.ai.generativelanguage.v1beta.GenerativeService.GenerateContent are blocked.","status":"PERMISSION_DENIED","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_SERVICE_BLOCKED","domain":"googleapis.com"}]}}',
    failure: { kind: 'dead-key', reason: 'restricted' },
  },
  {
    name: 'an address restriction',
    status: 403,
    body: '{"error":{"code":403,"message":"The provided API key has an IP address restriction. The originating IP address of the call (203.0.113.7) violates this restriction.","status":"PERMISSION_DENIED","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_IP_ADDRESS_BLOCKED","domain":"googleapis.com"}]}}',
    failure: { kind: 'dead-key', reason: 'restricted' },
  },
  {
    name: 'an API that is not enabled',
    status: 403,
    body: API_DISABLED_BODY,
    failure: { kind: 'dead-project', reason: 'service-disabled' },
  },
  {
    name: 'a call that arrived without its key',
    status: 403,
    body: envelope(
      403,
      'PERMISSION_DENIED',
      "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.",
    ),
    failure: { kind: 'upstream-fault', cause: 'status' },
  },

  // The caller's
  {
    name: 'two credentials',
    status: 400,
    body: interactions('invalid_request', 'Multiple authentication credentials received. Please pass only one.'),
    failure: CALLER_400,
  },
  {
    name: 'an unsupported location',
    status: 400,
    body: envelope(400, 'FAILED_PRECONDITION', 'User location is not supported for the API use.'),
    failure: { kind: 'location' },
  },
  {
    name: 'another failed precondition',
    status: 400,
    body: envelope(400, 'FAILED_PRECONDITION', 'The File is not in an ACTIVE state and usage is not allowed.'),
    failure: CALLER_400,
  },
  {
    name: 'an unknown model',
    status: 404,
    body: envelope(
      404,
      'NOT_FOUND',
      'models/gemini-9 is not found for API version v1beta, or is not supported for generateContent. Call ListModels to see the list of available models and their supported methods.',
    ),
    failure: { kind: 'caller-fault', status: 404 },
  },
  { name: "a wrong route's HTML page", status: 404, body: FRONT_END_404, failure: { kind: 'caller-fault', status: 404 } },
  { name: 'a 404 with an empty body', status: 404, body: '', failure: { kind: 'caller-fault', status: 404 } },
  {
    name: 'an unknown field',
    status: 400,
    body: '{"error":{"code":400,"message":"Invalid JSON payload received. Unknown name \\"foo\\": Cannot find field.","status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"description":"Invalid JSON payload received. Unknown name \\"foo\\": Cannot find field."}]}]}}',
    failure: CALLER_400,
  },
  {
    name: 'an invalid argument',
    status: 400,
    body: envelope(400, 'INVALID_ARGUMENT', 'Request contains an invalid argument.'),
    failure: CALLER_400,
  },
  {
    name: 'unpaired function responses',
    status: 400,
    body: envelope(
      400,
      'INVALID_ARGUMENT',
      'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.',
    ),
    failure: CALLER_400,
  },
  {
    name: 'a missing thought signature',
    status: 400,
    body: envelope(400, 'INVALID_ARGUMENT', 'Function call is missing a thought_signature in functionCall parts.'),
    failure: CALLER_400,
  },
  {
    name: 'a corrupted thought signature',
    status: 400,
    body: envelope(400, 'INVALID_ARGUMENT', 'Corrupted thought signature.'),
    failure: CALLER_400,
  },
  {
    name: 'a cache of another model',
    status: 400,
    body: envelope(400, 'INVALID_ARGUMENT', 'Cached content model does not match the model in the request.'),
    failure: CALLER_400,
  },
  {
    name: "another project's file",
    status: 403,
    body: envelope(
      403,
      'PERMISSION_DENIED',
      'You do not have permission to access the File abc-123 or it may not exist.',
    ),
    failure: { kind: 'foreign-resource' },
  },
  {
    name: "another project's cache",
    status: 403,
    body: envelope(403, 'PERMISSION_DENIED', 'CachedContent not found (or permission denied)'),
    failure: { kind: 'foreign-resource' },
  },

  // Quota
  {
    name: "a free tier's day",
    status: 429,
    body: FREE_DAY_BODY,
    failure: { kind: 'rate-limited', scope: 'day', retryAfterMs: 25_000, quotaModel: 'gemini-3.8-flash', limit: 20 },
  },
  {
    name: "a paid tier's day, array-wrapped",
    status: 429,
    body: PAID_DAY_BODY,
    failure: {
      kind: 'rate-limited',
      scope: 'day',
      retryAfterMs: 39_043_000,
      quotaModel: 'gemini-3.1-pro',
      limit: 250,
    },
  },
  {
    name: 'tokens per minute, in the order of 2025',
    status: 429,
    body: TOKENS_PER_MINUTE_2025_BODY,
    failure: {
      kind: 'rate-limited',
      scope: 'minute',
      retryAfterMs: 34_075,
      quotaModel: 'gemini-2.5-pro',
      limit: 250_000,
    },
  },
  {
    name: 'a quota without its value',
    status: 429,
    body: NO_QUOTA_VALUE_BODY,
    failure: { kind: 'rate-limited', scope: 'minute', retryAfterMs: 900, quotaModel: 'gemini-3.8-flash', limit: null },
  },
  {
    name: 'several violations, the day second',
    status: 429,
    body: MINUTE_THEN_DAY_BODY,
    failure: { kind: 'rate-limited', scope: 'day', retryAfterMs: 38_000, quotaModel: 'gemini-3.8-flash', limit: 20 },
  },
  { name: 'limit: 0 in words alone', status: 429, body: LIMIT_ZERO_BODY, failure: { kind: 'model-unavailable' } },
  {
    name: 'limit 0 in the form before 2025',
    status: 429,
    body: OLD_RATE_LIMIT_BODY,
    failure: { kind: 'model-unavailable' },
  },
  {
    name: 'the form before 2025 with a limit',
    status: 429,
    body: OLD_RATE_LIMIT_BODY.replace('"quota_limit_value":"0"', '"quota_limit_value":"60"'),
    failure: { kind: 'rate-limited', scope: 'minute', retryAfterMs: null, quotaModel: null, limit: 60 },
  },
  {
    name: 'a delay in words alone',
    status: 429,
    body: envelope(
      429,
      'RESOURCE_EXHAUSTED',
      'You exceeded your current quota. \n* Quota exceeded for metric: generativelanguage.googleapis.com/generate_content_free_tier_requests, limit: 20, model: gemini-3.8-flash\nPlease retry in 1m25.465784708s.',
    ),
    failure: { kind: 'rate-limited', scope: 'unknown', retryAfterMs: 85_466, quotaModel: null, limit: null },
  },
  {
    name: 'a delay in the header alone',
    status: 429,
    retryAfter: '7',
    body: '',
    failure: { kind: 'rate-limited', scope: 'unknown', retryAfterMs: 7_000, quotaModel: null, limit: null },
  },
  {
    name: 'a delay as a date, which counts as none',
    status: 429,
    retryAfter: 'Sat, 21 Nov 2026 03:00:00 GMT',
    body: '',
    failure: { kind: 'rate-limited', scope: 'unknown', retryAfterMs: null, quotaModel: null, limit: null },
  },
  {
    name: 'a spend cap',
    status: 429,
    body: envelope(
      429,
      'RESOURCE_EXHAUSTED',
      'Your project has exceeded its monthly spending cap. Please go to AI Studio at https://ai.studio/spend to manage your project spend cap.',
    ),
    failure: { kind: 'unfunded', reason: 'spend-cap' },
  },
  {
    name: 'spent prepaid credits',
    status: 402,
    body: envelope(
      402,
      'RESOURCE_EXHAUSTED',
      'Your prepayment credits are depleted. Please go to AI Studio at https://ai.studio/projects to manage your project and billing. Learn more at https://ai.google.dev/gemini-api/docs/billing#prepay.',
    ),
    failure: { kind: 'unfunded', reason: 'prepaid-empty' },
  },
  {
    name: 'spent prepaid credits as they came before September 2026',
    status: 429,
    body: envelope(
      429,
      'RESOURCE_EXHAUSTED',
      'Your prepayment credits are depleted. Please go to AI Studio at https://ai.studio/projects to manage your project and billing. Learn more at https://ai.google.dev/gemini-api/docs/billing#prepay.',
    ),
    failure: { kind: 'unfunded', reason: 'prepaid-empty' },
  },
  {
    name: 'a minute quota of Interactions',
    status: 429,
    body: interactions('rate_limit_exceeded', 'Too many requests.'),
    failure: { kind: 'rate-limited', scope: 'minute', retryAfterMs: null, quotaModel: null, limit: null },
  },
  {
    name: 'a daily quota of Interactions',
    status: 429,
    body: interactions('quota_exceeded', 'You exceeded your current quota.'),
    failure: { kind: 'rate-limited', scope: 'day', retryAfterMs: null, quotaModel: null, limit: null },
  },

  // Google's own
  {
    name: 'an internal error',
    status: 500,
    body: envelope(
      500,
      'INTERNAL',
      'An internal error has occurred. Please retry or report in https://developers.generativeai.google/guide/troubleshooting',
    ),
    failure: { kind: 'upstream-fault', cause: 'status' },
  },
  {
    name: 'high demand',
    status: 503,
    body: envelope(
      503,
      'UNAVAILABLE',
      'This model is currently experiencing high demand. Spikes in demand are usually temporary. Please try again later.',
    ),
    failure: { kind: 'overloaded', retryAfterMs: null },
  },
  {
    name: 'overload, in the older words and array-wrapped',
    status: 503,
    retryAfter: '2.5',
    body: `[${envelope(503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.')}]`,
    failure: { kind: 'overloaded', retryAfterMs: 2_500 },
  },
  {
    name: "a proxy's 503 page",
    status: 503,
    body: '<html><body>Service Unavailable</body></html>',
    failure: { kind: 'overloaded', retryAfterMs: null },
  },
  { name: 'an overload by its newer number', status: 529, body: '', failure: { kind: 'overloaded', retryAfterMs: null } },
  {
    name: 'a deadline of Google',
    status: 504,
    body: envelope(504, 'DEADLINE_EXCEEDED', 'Deadline expired before operation could complete.'),
    failure: { kind: 'upstream-fault', cause: 'status' },
  },
  {
    name: 'a cancellation by Google',
    status: 499,
    body: envelope(499, 'CANCELLED', 'The operation was cancelled.'),
    failure: { kind: 'upstream-fault', cause: 'status' },
  },
]
