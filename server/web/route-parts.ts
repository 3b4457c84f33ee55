import express, { type Express, type RequestHandler } from 'express'
import { offerCsrfToken } from './csrf'
import type { AppDeps } from './deps'
import { readForm } from './forms'
import { routeParts, type RouteParts } from './routes'
import { sessions, surfaceOf } from './sessions'
import { createPassport, loadPerson, passportKey } from './signed-in'

/** Makes, once an app, what route tables put in front of their handlers. */
export function useRouteParts(
  app: Express,
  deps: AppDeps,
  {
    alarms,
    ...guards
  }: Pick<RouteParts, 'stepUp' | 'outside'> & {
    /** tells the pages of administrators what nobody has looked into */
    alarms: RequestHandler
  },
): void {
  const passport = createPassport(deps)
  app.set(passportKey, passport)
  app.set(routeParts, {
    surface: surfaceOf(deps.config),
    session: express.Router().use(sessions(deps), loadPerson(passport), offerCsrfToken, alarms),
    form: readForm(deps.config.limits),
    ...guards,
  } satisfies RouteParts)
}
