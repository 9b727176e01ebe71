import * as z from 'zod'
import { jsonReply, type Reply, type WireRequest } from '../wire.ts'
import type { SimulatorControl } from './control.ts'
import {
  callFilterSchema,
  clockSchema,
  faultRuleSchema,
  keyChangeSchema,
  keySchema,
  modelSchema,
  pacingSchema,
  quotaSchema,
  settingsSchema,
} from './schema.ts'

/** Where the control calls are: `POST /__simulator/<name>`. */
export const CONTROL_PREFIX = '/__simulator/'

type Command = (control: SimulatorControl, argument: unknown) => unknown

const commands: Record<keyof SimulatorControl, Command> = {
  reset: (control) => control.reset(),
  setKeys: (control, argument) => control.setKeys(z.array(keySchema).parse(argument)),
  updateKey: (control, argument) => control.updateKey(keyChangeSchema.parse(argument)),
  setQuotas: (control, argument) => control.setQuotas(z.array(quotaSchema).parse(argument)),
  clearUsage: (control) => control.clearUsage(),
  setModels: (control, argument) => control.setModels(z.array(modelSchema).parse(argument)),
  setPacing: (control, argument) => control.setPacing(pacingSchema.parse(argument)),
  setSettings: (control, argument) => control.setSettings(settingsSchema.parse(argument)),
  addFault: (control, argument) => control.addFault(faultRuleSchema.parse(argument)),
  clearFaults: (control) => control.clearFaults(),
  calls: (control, argument) => control.calls(callFilterSchema.parse(argument ?? {})),
  clearCalls: (control) => control.clearCalls(),
  setClock: (control, argument) => control.setClock(clockSchema.parse(argument)),
  advanceClock: (control, argument) => control.advanceClock(z.number().parse(argument)),
  now: (control) => control.now(),
}

/** Runs one control call; a wrong name or argument is refused with a text that says what was expected. */
export function serveControl(control: SimulatorControl, request: WireRequest): Reply {
  const name = request.target.slice(CONTROL_PREFIX.length)
  if (request.method !== 'POST') return jsonReply({ error: 'Control calls are POST requests' }, 405)
  if (!isCommand(name)) {
    return jsonReply(
      { error: `No control call ${JSON.stringify(name)}; there are ${Object.keys(commands).join(', ')}` },
      404,
    )
  }
  try {
    const text = new TextDecoder().decode(request.body)
    const argument: unknown = text === '' ? undefined : JSON.parse(text)
    const result = commands[name](control, argument)
    return {
      ...jsonReply(null),
      events: [new TextEncoder().encode(JSON.stringify({ result: result ?? null }))],
    }
  } catch (error) {
    return jsonReply({ error: error instanceof z.ZodError ? z.prettifyError(error) : String(error) }, 400)
  }
}

function isCommand(name: string): name is keyof SimulatorControl {
  return Object.hasOwn(commands, name)
}
