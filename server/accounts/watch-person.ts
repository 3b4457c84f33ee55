import type { Request } from 'express'
import type { AppDeps } from '../web/deps'

/**
 * Looks again and again whether whoever is being answered still may, while an answer takes long; calls
 * `end` once when not. What cannot be looked up ends it too.
 */
export function watchPerson(
  { findPerson, config }: AppDeps,
  req: Request<never> | Request,
  end: () => void,
): { stop(): void } {
  const { id } = req.user!
  const address = req.ip ?? ''
  const look = async () => {
    const person = await findPerson?.(id, address).catch(() => null)
    if (person && !person.outside) return
    clearInterval(timer)
    end()
  }
  const timer = setInterval(() => void look(), config.limits.endedCheckMs)
  timer.unref()
  return { stop: () => clearInterval(timer) }
}
