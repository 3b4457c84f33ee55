import express, { type RequestHandler } from 'express'
import { Problem } from '../kernel/problem'
import type { Limits } from '../limits'

// answers[address][city] is two deep; anything much deeper is not one of our forms.
const depth = 5

/**
 * Reads a form body of at most `bodyBytes` and `bodyFields`; past either it is "too large" (413). Text
 * that PostgreSQL cannot keep, and that no keyboard makes, is a bad request (400) wherever it stands.
 */
export function readForm({ bodyBytes, bodyFields }: Limits): RequestHandler {
  // `depth` is missing from the types of body-parser.
  const options = { extended: true, limit: bodyBytes, parameterLimit: bodyFields, depth }
  const parse = express.urlencoded(options)
  return (req, res, next) => {
    parse(req, res, (error?: unknown) => {
      req.body ??= {}
      next(error ?? (isKeepable(req.body) ? undefined : new Problem('bad_request')))
    })
  }
}

/** The same for addresses: what stands in path or query is looked up as it is. */
export const refuseNul: RequestHandler = (req, _res, next) => {
  next(/%00/.test(req.originalUrl) ? new Problem('bad_request') : undefined)
}

/** Neither NUL nor half of a surrogate pair, in any text of the body, however deep. */
function isKeepable(value: unknown): boolean {
  if (typeof value === 'string') return !/[\0\p{Cs}]/u.test(value)
  if (typeof value !== 'object' || value === null) return true
  return Object.values(value).every(isKeepable)
}
