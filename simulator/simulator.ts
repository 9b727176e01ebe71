import * as z from 'zod'
import { answerRequest } from './answer-request.ts'
import { CallLog } from './call-log.ts'
import { realTimer } from './carriers/carry-out.ts'
import { answerFetch } from './carriers/fetch.ts'
import { type ListenOptions, listen, type SimulatorServer } from './carriers/listen.ts'
import type { SimulatorControl } from './control/control.ts'
import {
  type CallFilter,
  type ClockSetting,
  callFilterSchema,
  clockSchema,
  type FaultRuleInput,
  faultRuleSchema,
  keyChangeSchema,
  keySchema,
  modelSchema,
  type Pacing,
  pacingSchema,
  quotaSchema,
  type Settings,
  type SettingsChange,
  type SimulatedKey,
  type SimulatedKeyChange,
  type SimulatedModel,
  type SimulatedQuota,
  settingsSchema,
} from './control/schema.ts'
import { CONTROL_PREFIX, serveControl } from './control/serve-control.ts'
import { FaultBook } from './fault-book.ts'
import { KeyRing } from './key-ring.ts'
import { ModelTable } from './models.ts'
import { PromptCache } from './prompt-cache.ts'
import { QuotaLedger } from './quota-ledger.ts'
import type { Exchange, Timer, WireRequest } from './wire.ts'
import type { World } from './world.ts'

export type { SimulatorServer } from './carriers/listen.ts'
export type { SimulatedKey } from './control/schema.ts'

const DEFAULT_CALL_LOG_LIMIT = 1_000

const DEFAULT_SETTINGS: Settings = {
  gzip: true,
  acceptAnyKey: false,
  recordCalls: true,
  bindSignaturesToProject: false,
  quotaBodies: '2026',
  location: 'supported',
}

export interface SimulatorOptions {
  readonly keys?: readonly SimulatedKey[]
  readonly quotas?: readonly SimulatedQuota[]
  readonly models?: readonly SimulatedModel[]
  readonly pacing?: Partial<Pacing>
  readonly settings?: SettingsChange
  /** Unix ms; the machine's own clock by default. */
  readonly clock?: () => number
  /** Who waits out pacing and delays; real time by default. */
  readonly timer?: Timer
  /** Answers depend on it and on the request, on nothing else. */
  readonly seed?: string
  readonly callLogLimit?: number
}

/** A running Gemini API without a network: see `simulator/README.md`. */
export interface Simulator extends SimulatorControl {
  /** The pure core: what goes on the wire for one request. */
  handle(request: WireRequest): Exchange
  listen(options?: ListenOptions): Promise<SimulatorServer>
  fetch(request: Request): Promise<Response>
}

/** @throws ZodError when an option is not what it should be. */
export function createSimulator(options: SimulatorOptions = {}): Simulator {
  return new LocalSimulator(options)
}

class LocalSimulator implements Simulator {
  readonly #options: SimulatorOptions
  readonly #timer: Timer
  #world: World
  #faults = new FaultBook()
  #log: CallLog
  #pacing: Pacing
  /** The simulator's time is the clock's plus this, or stands still. */
  #clockOffset = 0
  #frozenAt: number | null = null

  constructor(options: SimulatorOptions) {
    this.#options = options
    this.#timer = options.timer ?? realTimer
    this.#world = this.#newWorld()
    this.#log = new CallLog(options.callLogLimit ?? DEFAULT_CALL_LOG_LIMIT)
    this.#pacing = pacingSchema.parse(options.pacing ?? {})
  }

  #newWorld(): World {
    const { keys = [], quotas = [], models = [], settings = {}, seed = 'simulator' } = this.#options
    const table = new ModelTable()
    table.set(z.array(modelSchema).parse(models))
    const ledger = new QuotaLedger()
    ledger.setQuotas(z.array(quotaSchema).parse(quotas))
    return {
      keys: new KeyRing(z.array(keySchema).parse(keys)),
      models: table,
      quotas: ledger,
      cache: new PromptCache(),
      settings: { ...DEFAULT_SETTINGS, ...settingsSchema.parse(settings) },
      seed,
      now: () => this.now(),
    }
  }

  handle(request: WireRequest): Exchange {
    if (request.target.startsWith(CONTROL_PREFIX)) {
      const { status, headers, events } = serveControl(this, request)
      const body = events[0] ?? new Uint8Array(0)
      return { wire: { kind: 'whole', status, headers, body }, noteCancelled: () => undefined }
    }
    const desk = { world: this.#world, faults: this.#faults, log: this.#log, pacing: this.#pacing }
    return answerRequest(desk, request)
  }

  listen(options?: ListenOptions): Promise<SimulatorServer> {
    return listen((request) => this.handle(request), this.#timer, options)
  }

  fetch(request: Request): Promise<Response> {
    return answerFetch((wireRequest) => this.handle(wireRequest), this.#timer, request)
  }

  reset(): void {
    this.#clockOffset = 0
    this.#frozenAt = null
    this.#world = this.#newWorld()
    this.#faults = new FaultBook()
    this.#log.clear()
    this.#pacing = pacingSchema.parse(this.#options.pacing ?? {})
  }

  setKeys(keys: readonly SimulatedKey[]): void {
    this.#world = { ...this.#world, keys: new KeyRing(z.array(keySchema).parse(keys)) }
  }

  updateKey(change: SimulatedKeyChange): void {
    this.#world.keys.update(keyChangeSchema.parse(change))
  }

  setQuotas(quotas: readonly SimulatedQuota[]): void {
    this.#world.quotas.setQuotas(z.array(quotaSchema).parse(quotas))
  }

  clearUsage(): void {
    this.#world.quotas.clearUsage()
  }

  setModels(models: readonly SimulatedModel[]): void {
    this.#world.models.set(z.array(modelSchema).parse(models))
  }

  setPacing(pacing: Partial<Pacing>): void {
    this.#pacing = pacingSchema.parse(pacing)
  }

  setSettings(settings: SettingsChange): void {
    const change = settingsSchema.parse(settings)
    this.#world = { ...this.#world, settings: { ...this.#world.settings, ...change } }
  }

  addFault(rule: FaultRuleInput): string {
    return this.#faults.add(faultRuleSchema.parse(rule))
  }

  clearFaults(): void {
    this.#faults.clear()
  }

  calls(filter: CallFilter = {}) {
    return this.#log.read(callFilterSchema.parse(filter))
  }

  clearCalls(): void {
    this.#log.clear()
  }

  setClock(setting: ClockSetting): void {
    const { now, isFrozen } = clockSchema.parse(setting)
    this.#clockOffset = now - this.#clock()
    this.#frozenAt = isFrozen ? now : null
  }

  advanceClock(ms: number): void {
    if (this.#frozenAt === null) this.#clockOffset += ms
    else this.#frozenAt += ms
  }

  now(): number {
    return this.#frozenAt ?? this.#clock() + this.#clockOffset
  }

  #clock(): number {
    return this.#options.clock?.() ?? Date.now()
  }
}
