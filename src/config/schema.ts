import type * as z from 'zod/mini'
import {
  baseUrl,
  flag,
  headers,
  listOf,
  matching,
  oneOf,
  poolKeys,
  seconds,
  type ValueSchema,
  wholeNumber,
} from './values.ts'

/** One setting: how it is read, and all that people are told of it. */
export interface Setting {
  readonly schema: ValueSchema<unknown>
  /** As an operator would write it, read by the same schema; null: the value is null while it is not set. */
  readonly default: string | null
  readonly unit?: 'seconds' | 'MB'
  /** Markdown, in English and in Chinese, for the READMEs, `.env.example` and the dashboard. */
  readonly doc: string
  readonly docZh: string
  readonly group: SettingGroup
  /** The dashboard may change it while the gateway runs. */
  readonly live: boolean
  /** Never shown: not in a log, an error or a page. */
  readonly secret?: true
  /** Other names it goes by. */
  readonly aliases?: readonly string[]
}

export type SettingGroup = 'keys' | 'access' | 'upstream' | 'pool' | 'host'

/** What a group is called in the READMEs and on the dashboard. */
export const SETTING_GROUPS: Readonly<
  Record<SettingGroup, { readonly title: string; readonly titleZh: string }>
> = {
  keys: { title: 'Keys', titleZh: '密钥' },
  access: { title: 'Access', titleZh: '访问控制' },
  upstream: { title: 'Upstream', titleZh: '上游' },
  pool: { title: 'Pool', titleZh: '密钥池' },
  host: { title: 'Storage, logs and server', titleZh: '存储、日志与服务器' },
}

/** Short tokens fall to guessing; spaces and non-ASCII characters do not survive in a header. */
const TOKEN = /^[!-~]{8,256}$/
const TOKEN_RULE = 'a token of 8 to 256 printable ASCII characters without spaces'

/** A store's own: its form is none of our business, as long as it survives in a header. */
const STORE_TOKEN = /^[!-~]+$/
const STORE_TOKEN_RULE = 'a token of printable ASCII characters without spaces'

/** ASCII alone: the same passphrase typed on two machines can be two texts in Unicode. */
const PASSPHRASE = /^[ -~]{16,1024}$/
const PASSPHRASE_RULE = 'a passphrase of 16 to 1024 printable ASCII characters'

/** Every setting, once. README tables and `.env.example` are generated from here: `npm run generate`. */
export const SETTINGS = {
  GEMINI_API_KEY: {
    schema: poolKeys(),
    default: '',
    aliases: ['GEMINI_API_KEYS', 'API_KEYS'],
    group: 'keys',
    live: true,
    secret: true,
    doc: 'The pool: `key` or `key:weight` (1 to 1000, default 1), separated by commas, semicolons or white space, or a JSON array of such strings and of objects `{"key", "weight", "project", "tier", "models", "label", "baseUrl"}`. Keys under all three names are joined; a key given twice counts once, with what was said of it last.',
    docZh:
      '密钥池：`key` 或 `key:weight`（权重 1 到 1000，默认 1），用逗号、分号或空白分隔；也可以是 JSON 数组，元素为上述字符串或对象 `{"key", "weight", "project", "tier", "models", "label", "baseUrl"}`。三个变量名下的密钥会合并；重复的密钥只算一个，以最后一次的说明为准。',
  },

  AUTH_TOKEN: {
    schema: matching(TOKEN, TOKEN_RULE),
    default: null,
    group: 'access',
    live: false,
    secret: true,
    doc: "The operator's token, 8 to 256 printable ASCII characters: uses the pool, and brings keys back with `/verify`. While it is not set, Node and Bun make one at the first start and keep it in `DATA_DIR`; on the other hosts nobody is the operator.",
    docZh:
      '管理员令牌，8 到 256 个可打印 ASCII 字符：可使用密钥池，并可通过 `/verify` 恢复密钥。未设置时，Node 和 Bun 会在首次启动时生成一个并保存在 `DATA_DIR` 中；在其他平台上则没有任何人是管理员。',
  },
  ALLOWED_TOKENS: {
    schema: listOf(TOKEN, TOKEN_RULE),
    default: '',
    group: 'access',
    live: true,
    secret: true,
    doc: 'Further tokens that may use the pool, for callers other than the operator: a comma list or a JSON array, each 8 to 256 printable ASCII characters.',
    docZh:
      '除管理员外，其他调用者使用密钥池的令牌：逗号分隔或 JSON 数组，每个 8 到 256 个可打印 ASCII 字符。',
  },
  ALLOW_CLIENT_KEYS: {
    schema: flag(),
    default: 'true',
    group: 'access',
    live: true,
    doc: 'Whether a caller may bring its own Gemini keys instead of a token. They serve that one request, apart from the pool, and are never stored or logged.',
    docZh:
      '调用者是否可以不用令牌而自带 Gemini 密钥。自带密钥仅用于当次请求，与密钥池隔离，绝不存储或写入日志。',
  },

  GEMINI_BASE_URL: {
    schema: baseUrl(),
    default: 'https://generativelanguage.googleapis.com',
    group: 'upstream',
    live: true,
    doc: 'Where Gemini is reached: an http or https URL, without the API version. A relay or an AI gateway can stand here.',
    docZh: 'Gemini 的地址：http 或 https URL，不含 API 版本。可以填中转或 AI 网关的地址。',
  },
  GEMINI_API_VERSION: {
    schema: matching(/^v\d+[a-z0-9]*$/, 'an API version such as v1beta'),
    default: 'v1beta',
    group: 'upstream',
    live: true,
    doc: 'API version of calls that the gateway makes itself (`/verify`). Callers say theirs in the path.',
    docZh: '网关自身调用（`/verify`）使用的 API 版本；调用者的版本由其路径决定。',
  },
  TIME_OUT: {
    schema: seconds(0.1, 3_600),
    default: '300',
    unit: 'seconds',
    group: 'upstream',
    live: true,
    doc: 'Longest wait for Google: for an answer to begin, and for silence within one. An answer that keeps coming is never cut.',
    docZh: '等待 Google 的最长时间：等待响应开始，以及响应中途的静默。持续到达的响应不会被切断。',
  },
  FIRST_EVENT_TIMEOUT: {
    schema: seconds(0.1, 3_600),
    default: '60',
    unit: 'seconds',
    group: 'upstream',
    live: true,
    doc: 'Longest wait for the first content of a stream, before another key is tried.',
    docZh: '等待流式响应首个内容的最长时间，超过后改用另一个密钥。',
  },
  CUSTOM_HEADERS: {
    schema: headers(),
    default: '{}',
    group: 'upstream',
    live: true,
    secret: true,
    doc: 'Headers added to every call to Google: a JSON object of names and values. Credentials for Google and headers of the connection are refused.',
    docZh:
      '附加到每个发往 Google 的请求的请求头：由名称和值组成的 JSON 对象。不接受 Google 凭据和连接类请求头。',
  },
  MAX_BODY_MB: {
    schema: wholeNumber(1, 1_000),
    default: '25',
    unit: 'MB',
    group: 'upstream',
    live: true,
    doc: 'Largest request body. It is kept in memory to be sent again with another key.',
    docZh: '请求体的最大大小。请求体保留在内存中，以便换用其他密钥重发。',
  },

  MAX_RETRIES: {
    schema: wholeNumber(0, 20),
    default: '3',
    group: 'pool',
    live: true,
    doc: 'Retries of one request after trouble at Google (5xx, timeouts, cut connections, empty answers). A refusal that puts its key to rest (quota, dead key) is not counted, as each key can refuse only once; `RETRY_BUDGET` bounds them all.',
    docZh:
      '上游故障（5xx、超时、连接中断、空响应）后，单个请求的重试次数。使密钥进入休息的拒绝（配额用尽、密钥失效）不计入，因为每个密钥只会拒绝一次；所有重试都受 `RETRY_BUDGET` 限制。',
  },
  RETRY_BUDGET: {
    schema: seconds(0, 600),
    default: '30',
    unit: 'seconds',
    group: 'pool',
    live: true,
    doc: 'How long after its start a request may still begin another attempt.',
    docZh: '请求开始后，多长时间内仍可发起新的尝试。',
  },
  MAX_FAILURES: {
    schema: wholeNumber(1, 100),
    default: '3',
    group: 'pool',
    live: true,
    doc: 'Consecutive unexplained failures that put a key to rest.',
    docZh: '密钥连续多少次不明原因失败后进入休息。',
  },
  FILTERED_MODELS: {
    schema: listOf(/^[\w./:@-]+$/, 'a model name', (model) => model.replace(/^models\//, '')),
    default: '',
    group: 'pool',
    live: true,
    doc: 'Models that nobody may call: a comma list or a JSON array.',
    docZh: '禁止调用的模型：逗号分隔或 JSON 数组。',
  },

  DATA_DIR: {
    schema: matching(/./, 'a folder'),
    default: './data',
    group: 'host',
    live: false,
    doc: 'Folder of the SQLite file with the state. Node and Bun only.',
    docZh: '保存状态的 SQLite 文件所在目录。仅限 Node 和 Bun。',
  },
  REDIS_URL: {
    schema: matching(/^rediss?:\/\/\S+$/, 'a redis:// or rediss:// URL'),
    default: null,
    group: 'host',
    live: false,
    secret: true,
    doc: 'Keeps the state in this Redis (6 or later) in place of the SQLite file, so that several replicas share one pool: `redis://user:password@host:6379/0`, or `rediss://` for TLS. Node and Bun only.',
    docZh:
      '用此 Redis（6 或更高版本）代替 SQLite 文件保存状态，使多个副本共享同一个密钥池：`redis://user:password@host:6379/0`，TLS 用 `rediss://`。仅限 Node 和 Bun。',
  },
  KV_REST_API_URL: {
    schema: baseUrl(),
    default: null,
    group: 'host',
    live: false,
    secret: true,
    doc: 'Keeps the state in the Redis that Vercel has connected to the project, which sets this and `KV_REST_API_TOKEN` itself. Vercel only.',
    docZh:
      '将状态保存在 Vercel 为项目连接的 Redis 中；连接后 Vercel 会自动设置此变量和 `KV_REST_API_TOKEN`。仅限 Vercel。',
  },
  KV_REST_API_TOKEN: {
    schema: matching(STORE_TOKEN, STORE_TOKEN_RULE),
    default: null,
    group: 'host',
    live: false,
    secret: true,
    doc: 'Token of `KV_REST_API_URL`; a read-only one does not do.',
    docZh: '`KV_REST_API_URL` 的令牌；只读令牌不可用。',
  },
  UPSTASH_REDIS_REST_URL: {
    schema: baseUrl(),
    default: null,
    group: 'host',
    live: false,
    secret: true,
    doc: 'Keeps the state in this Redis at Upstash, when `KV_REST_API_URL` is not set. Vercel only.',
    docZh: '未设置 `KV_REST_API_URL` 时，将状态保存在此 Upstash Redis 中。仅限 Vercel。',
  },
  UPSTASH_REDIS_REST_TOKEN: {
    schema: matching(STORE_TOKEN, STORE_TOKEN_RULE),
    default: null,
    group: 'host',
    live: false,
    secret: true,
    doc: 'Token of `UPSTASH_REDIS_REST_URL`; a read-only one does not do.',
    docZh: '`UPSTASH_REDIS_REST_URL` 的令牌；只读令牌不可用。',
  },
  ENCRYPTION_KEY: {
    schema: matching(PASSPHRASE, PASSPHRASE_RULE),
    default: null,
    group: 'host',
    live: false,
    secret: true,
    doc: 'Encrypts the keys and tokens that are stored when settings change at run time: 16 to 1024 printable ASCII characters, random at best (`openssl rand -base64 32`). Without it they are stored as they are; whoever loses it enters them again.',
    docZh:
      '加密运行时修改设置后存储的密钥和令牌：16 到 1024 个可打印 ASCII 字符，最好是随机生成的（`openssl rand -base64 32`）。未设置时以明文存储；丢失后需重新输入这些内容。',
  },
  LOG_LEVEL: {
    schema: oneOf('debug', 'info', 'warn', 'error'),
    default: 'info',
    group: 'host',
    live: true,
    doc: 'The least important lines to log: `debug`, `info`, `warn` or `error`.',
    docZh: '日志的最低级别：`debug`、`info`、`warn` 或 `error`。',
  },
  PORT: {
    schema: wholeNumber(0, 65_535),
    default: '8787',
    group: 'host',
    live: false,
    doc: 'Port to listen on; 0 takes a free one. Node and Bun only.',
    docZh: '监听端口；0 表示任选空闲端口。仅限 Node 和 Bun。',
  },
  HOST: {
    schema: matching(/^[\w.:-]+$/, 'a host name or an IP address'),
    default: '127.0.0.1',
    group: 'host',
    live: false,
    doc: 'Address to listen on. The default admits this machine alone; `0.0.0.0` opens the gateway to the network. Node and Bun only.',
    docZh: '监听地址。默认只接受本机访问；`0.0.0.0` 对网络开放。仅限 Node 和 Bun。',
  },
} as const satisfies Readonly<Record<string, Setting>>

/** Undefined for an alias, and for a name that is none of ours. */
export function settingNamed(name: string): Setting | undefined {
  return Object.entries<Setting>(SETTINGS).find(([own]) => own === name)?.[1]
}

type SettingName = keyof typeof SETTINGS

/** The settings as the gateway uses them: one property for each name. Holds secrets: never log it whole. */
export type Config = { readonly [Name in SettingName]: ValueOf<(typeof SETTINGS)[Name]> }

type ValueOf<Entry extends Setting> =
  | z.output<Entry['schema']>
  | (Entry['default'] extends null ? null : never)
