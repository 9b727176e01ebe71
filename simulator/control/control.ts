import type { RecordedCall } from '../call-log.ts'
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
} from './schema.ts'

/** Everything that can be told to a simulator, in process; over HTTP the same names take the same argument. */
export interface SimulatorControl {
  reset(): void
  setKeys(keys: readonly SimulatedKey[]): void
  updateKey(change: SimulatedKeyChange): void
  setQuotas(quotas: readonly SimulatedQuota[]): void
  clearUsage(): void
  setModels(models: readonly SimulatedModel[]): void
  setPacing(pacing: Partial<Pacing>): void
  setSettings(settings: SettingsChange): void
  /** @returns the rule's id, which recorded calls name. */
  addFault(rule: FaultRuleInput): string
  clearFaults(): void
  calls(filter?: CallFilter): RecordedCall[]
  clearCalls(): void
  setClock(setting: ClockSetting): void
  /** @param ms - how far the clock moves. */
  advanceClock(ms: number): void
  /** Unix ms by the simulator's clock. */
  now(): number
}
