import type { RecordedCall } from './call-log.ts'
import type { SimulatorControl } from './control/control.ts'
import type {
  CallFilter,
  ClockSetting,
  FaultRuleInput,
  Pacing,
  SettingsChange,
  SimulatedKey,
  SimulatedKeyChange,
  SimulatedModel,
  SimulatedQuota,
} from './control/schema.ts'

/** The control calls as they are over HTTP: the same, but promised. */
type RemoteControl = {
  [Name in keyof SimulatorControl]: (
    ...argument: Parameters<SimulatorControl[Name]>
  ) => Promise<ReturnType<SimulatorControl[Name]>>
}

/** Drives a simulator that listens somewhere. Every call rejects with the simulator's own words when it refuses. */
export class SimulatorClient implements RemoteControl {
  readonly #url: string

  /** @param url - as `listen` gave it: origin without a path. */
  constructor(url: string) {
    this.#url = url
  }

  reset(): Promise<void> {
    return this.#send('reset')
  }

  setKeys(keys: readonly SimulatedKey[]): Promise<void> {
    return this.#send('setKeys', keys)
  }

  updateKey(change: SimulatedKeyChange): Promise<void> {
    return this.#send('updateKey', change)
  }

  setQuotas(quotas: readonly SimulatedQuota[]): Promise<void> {
    return this.#send('setQuotas', quotas)
  }

  clearUsage(): Promise<void> {
    return this.#send('clearUsage')
  }

  setModels(models: readonly SimulatedModel[]): Promise<void> {
    return this.#send('setModels', models)
  }

  setPacing(pacing: Partial<Pacing>): Promise<void> {
    return this.#send('setPacing', pacing)
  }

  setSettings(settings: SettingsChange): Promise<void> {
    return this.#send('setSettings', settings)
  }

  addFault(rule: FaultRuleInput): Promise<string> {
    return this.#send('addFault', rule)
  }

  clearFaults(): Promise<void> {
    return this.#send('clearFaults')
  }

  calls(filter: CallFilter = {}): Promise<RecordedCall[]> {
    return this.#send('calls', filter)
  }

  clearCalls(): Promise<void> {
    return this.#send('clearCalls')
  }

  setClock(setting: ClockSetting): Promise<void> {
    return this.#send('setClock', setting)
  }

  advanceClock(ms: number): Promise<void> {
    return this.#send('advanceClock', ms)
  }

  now(): Promise<number> {
    return this.#send('now')
  }

  async #send<Result>(name: keyof SimulatorControl, argument?: unknown): Promise<Result> {
    const response = await fetch(`${this.#url}/__simulator/${name}`, {
      method: 'POST',
      ...(argument !== undefined && { body: JSON.stringify(argument) }),
    })
    const answer = (await response.json()) as { readonly result: Result; readonly error?: string }
    if (!response.ok) throw new Error(`simulator.${name}: ${answer.error ?? response.statusText}`)
    return answer.result
  }
}
