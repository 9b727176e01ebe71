import type { KeyState } from './control/schema.ts'
import type { ErrorName } from './error-names.ts'
import {
  badRequest,
  errorInfo,
  type GoogleError,
  help,
  invalidArgument,
  localizedMessage,
  notFound,
  permissionDenied,
  resourceExhausted,
  SERVICE,
} from './google-error.ts'
import { hash } from './hash.ts'
import { limitZeroError, type QuotaContext, quotaError } from './quota-errors.ts'

/** What the texts of errors quote. */
export interface ErrorContext extends QuotaContext {
  readonly key: string
  readonly project: string
  /** As requested, without `models/`. */
  readonly modelId: string
  /** API method, e.g. generateContent. */
  readonly method: string
  readonly version: string
}

const NOT_VALID = 'API key not valid. Please pass a valid API key.'
const apiKeyInvalid = errorInfo('API_KEY_INVALID', { service: SERVICE })
const keyInvalid = (message: string) => invalidArgument(message, [apiKeyInvalid, localizedMessage(message)])

const PREPAID_EMPTY =
  'Your prepayment credits are depleted. Please go to AI Studio at https://ai.studio/projects to manage your project and billing. Learn more at https://ai.google.dev/gemini-api/docs/billing#prepay.'

/** The number behind a project's name: the name itself when it is one, else made from it. */
function projectNumber(project: string): string {
  return /^\d+$/.test(project) ? project : String(100_000_000_000 + hash(project))
}

export function noKey(): GoogleError {
  return permissionDenied(
    "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.",
  )
}

export function multipleCredentials(): GoogleError {
  return invalidArgument('Multiple authentication credentials received. Please pass only one.')
}

export function unsupportedToken({ method, version }: Pick<ErrorContext, 'method' | 'version'>): GoogleError {
  const rpc = method.charAt(0).toUpperCase() + method.slice(1)
  return {
    code: 401,
    message:
      'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.',
    status: 'UNAUTHENTICATED',
    details: [
      {
        '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
        reason: 'ACCESS_TOKEN_TYPE_UNSUPPORTED',
        metadata: {
          method: `google.ai.generativelanguage.${version}.GenerativeService.${rpc}`,
          service: SERVICE,
        },
      },
    ],
  }
}

export function modelNotFound(modelId: string, version: string, method: string): GoogleError {
  return notFound(
    `models/${modelId} is not found for API version ${version}, or is not supported for ${method}. Call ListModels to see the list of available models and their supported methods.`,
  )
}

export function modelRetired(modelId: string): GoogleError {
  return notFound(
    `This model models/${modelId} is no longer available. Please update your code to use a newer model for the latest features and improvements.`,
  )
}

function suspended(context: ErrorContext): GoogleError {
  const consumer = `projects/${projectNumber(context.project)}`
  return permissionDenied(`Permission denied: Consumer 'api_key:${context.key}' has been suspended.`, [
    errorInfo('CONSUMER_SUSPENDED', { service: SERVICE, consumer, containerInfo: `api_key:${context.key}` }),
  ])
}

function serviceDisabled(context: ErrorContext): GoogleError {
  const number = projectNumber(context.project)
  const url = `https://console.developers.google.com/apis/api/${SERVICE}/overview?project=${number}`
  return permissionDenied(
    `Generative Language API has not been used in project ${number} before or it is disabled. Enable it by visiting ${url} then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry.`,
    [
      help('Google developers console API activation', url),
      errorInfo('SERVICE_DISABLED', { service: SERVICE, consumer: `projects/${number}` }),
    ],
  )
}

function blocked(message: string, reason: string, context: ErrorContext): GoogleError {
  const consumer = `projects/${projectNumber(context.project)}`
  return permissionDenied(message, [errorInfo(reason, { service: SERVICE, consumer })])
}

/** The refusal that a key's state brings. */
export function keyStateError(state: Exclude<KeyState, 'ok'>, context: ErrorContext): GoogleError {
  return namedError(
    state === 'invalid'
      ? 'invalid-key'
      : state === 'expired'
        ? 'expired-key'
        : state === 'deleted'
          ? 'deleted-key'
          : state,
    context,
  )
}

/** Each error of gemini-api.md 3 by its name here, worded for one request. */
export function namedError(name: ErrorName, context: ErrorContext): GoogleError {
  switch (name) {
    case 'invalid-key':
      return keyInvalid(NOT_VALID)
    case 'expired-key':
      return keyInvalid('API key expired. Please renew the API key.')
    case 'deleted-key':
      return keyInvalid('API key not found. Please pass a valid API key.')
    case 'no-key':
      return noKey()
    case 'unsupported-token':
      return unsupportedToken(context)
    case 'multiple-credentials':
      return multipleCredentials()
    case 'leaked':
      return permissionDenied('Your API key was reported as leaked. Please use another API key.')
    case 'suspended':
      return suspended(context)
    case 'service-disabled':
      return serviceDisabled(context)
    case 'referrer-blocked':
      return blocked('Requests from referer <empty> are blocked.', 'API_KEY_HTTP_REFERRER_BLOCKED', context)
    case 'service-blocked':
      return blocked(
        `Requests to this API ${SERVICE} method google.ai.generativelanguage.${context.version}.GenerativeService.${context.method} are blocked.`,
        'API_KEY_SERVICE_BLOCKED',
        context,
      )
    case 'ip-blocked':
      return blocked(
        'The provided API key has an IP address restriction. The originating IP address of the call (127.0.0.1) violates this restriction.',
        'API_KEY_IP_ADDRESS_BLOCKED',
        context,
      )
    case 'location':
      return {
        code: 400,
        message: 'User location is not supported for the API use.',
        status: 'FAILED_PRECONDITION',
      }
    case 'model-not-found':
      return modelNotFound(context.modelId, context.version, context.method)
    case 'model-retired':
      return modelRetired(context.modelId)
    case 'invalid-argument':
      return invalidArgument('Request contains an invalid argument.')
    case 'unknown-field':
      return badRequest([
        {
          field: '',
          description: 'Invalid JSON payload received. Unknown name "max_tokens": Cannot find field.',
        },
      ])
    case 'missing-signature':
      return missingSignature('weather', 2)
    case 'corrupted-signature':
      return corruptedSignature()
    case 'file-permission':
      return permissionDenied('You do not have permission to access the File abc-123 or it may not exist.')
    case 'quota-minute':
      return quotaError(['rpm'], context)
    case 'quota-tokens':
      return quotaError(['tpm'], context)
    case 'quota-day':
      return quotaError(['rpd'], context)
    case 'quota-day-and-minute':
      return quotaError(['rpd', 'rpm'], context)
    case 'limit-zero':
      return limitZeroError(context)
    case 'rate-limited-bare':
      return resourceExhausted('Resource has been exhausted (e.g. check quota).')
    case 'spend-cap':
      return resourceExhausted(
        'Your project has exceeded its monthly spending cap. Please go to AI Studio at https://ai.studio/spend to manage your project spend cap.',
      )
    case 'prepaid-empty':
      return { code: 402, message: PREPAID_EMPTY, status: 'RESOURCE_EXHAUSTED' }
    case 'prepaid-empty-429':
      return resourceExhausted(PREPAID_EMPTY)
    case 'internal':
      return {
        code: 500,
        message:
          'An internal error has occurred. Please retry or report in https://developers.generativeai.google/guide/troubleshooting',
        status: 'INTERNAL',
      }
    case 'overloaded':
      return {
        code: 503,
        message:
          'This model is currently experiencing high demand. Spikes in demand are usually temporary. Please try again later.',
        status: 'UNAVAILABLE',
      }
    case 'overloaded-old':
      return { code: 503, message: 'The model is overloaded. Please try again later.', status: 'UNAVAILABLE' }
    case 'deadline':
      return {
        code: 504,
        message: 'Deadline expired before operation could complete.',
        status: 'DEADLINE_EXCEEDED',
      }
    case 'cancelled':
      return { code: 499, message: 'The operation was cancelled.', status: 'CANCELLED' }
    case 'bad-gateway':
      return { code: 502, message: 'Bad Gateway', status: 'UNAVAILABLE' }
  }
}

/** @param position - 1-based place of the content in `contents`. */
export function missingSignature(functionName: string, position: number): GoogleError {
  return invalidArgument(
    `Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly, and missing thought_signature may lead to degraded model performance. Additional data, function call \`default_api:${functionName}\` , position ${position}. Please refer to https://ai.google.dev/gemini-api/docs/thought-signatures for more details.`,
  )
}

export function corruptedSignature(): GoogleError {
  return invalidArgument('Corrupted thought signature.')
}
