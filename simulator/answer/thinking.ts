import { asString, type Json, type JsonObject } from '../json.ts'
import type { Model, ThinkingLevel } from '../models.ts'

/** What a dynamic budget comes to; the figure of the recorded stream. */
const DYNAMIC_TOKENS = 45

const LEVEL_TOKENS: Record<ThinkingLevel, number> = { minimal: 0, low: 16, medium: DYNAMIC_TOKENS, high: 120 }

/** Tokens the model spends on thinking: by budget or level, never more than the whole output may have. */
export function thinkingTokens(model: Model, config: JsonObject, maxOutputTokens: Json | undefined): number {
  const wanted = wantedTokens(model, config)
  return typeof maxOutputTokens === 'number' ? Math.min(wanted, maxOutputTokens) : wanted
}

function wantedTokens({ thinking }: Model, { thinkingBudget, thinkingLevel }: JsonObject): number {
  if (thinking.kind === 'none') return 0
  if (typeof thinkingBudget === 'number')
    return thinkingBudget < 0 ? DYNAMIC_TOKENS : Math.min(thinkingBudget, DYNAMIC_TOKENS)
  if (thinking.kind === 'budget') return thinking.isOnByDefault ? DYNAMIC_TOKENS : 0
  const asked = asString(thinkingLevel).toLowerCase()
  const level = thinking.levels.find((known) => known === asked) ?? thinking.byDefault
  return LEVEL_TOKENS[level]
}
