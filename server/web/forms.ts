import express, { type RequestHandler } from 'express'
import type { Limits } from '../limits'

// answers[address][city] is two deep; anything much deeper is not one of our forms.
const depth = 5

/** Reads a form body of at most `bodyBytes` and `bodyFields`; past either it is "too large" (413). */
export function readForm({ bodyBytes, bodyFields }: Limits): RequestHandler {
  // `depth` is missing from the types of body-parser.
  const options = { extended: true, limit: bodyBytes, parameterLimit: bodyFields, depth }
  const parse = express.urlencoded(options)
  return (req, res, next) => {
    parse(req, res, (error?: unknown) => {
      req.body ??= {}
      next(error)
    })
  }
}
