import type { Request } from 'express'

/** A field of a posted form as text; whatever else was sent counts as empty. */
export function typed(req: Request<never> | Request, name: string): string {
  const value = ((req.body ?? {}) as Record<string, unknown>)[name]
  return typeof value === 'string' ? value : ''
}
