import { serves } from '../models.ts'
import { modelNotFound, modelRetired } from '../named-errors.ts'
import type { World } from '../world.ts'
import type { FoundModel } from './route.ts'

/** The model by its id, if it is there and serves the method. */
export function findModel(world: World, modelId: string, version: string, method: string): FoundModel {
  const model = world.models.get(modelId)
  if (model?.isRetired) return { kind: 'error', error: modelRetired(modelId) }
  if (!model || !serves(model, method))
    return { kind: 'error', error: modelNotFound(modelId, version, method) }
  return { kind: 'model', model }
}
