import type { Request, RequestHandler, Response, Router } from 'express'
import { asActor } from '../db/connections'
import { appendEntry } from '../ledger/append-entry'
import { staffSecrets } from '../vault/staff-secrets'
import type { AppDeps } from '../web/deps'
import { carriedFields } from '../web/carried-fields'
import { localPath } from '../web/local-path'
import { routeTable } from '../web/routes'
import { renewSession } from '../web/signed-in'
import { lockAccount } from './accounts.store'
import { listFactors } from './factors/list-factors'
import { readPasskey, requestOptions } from './factors/passkeys'
import { proveFactor, type Proof } from './factors/prove-factor'
import { guessBrake } from './guess-brake'
import { challengeOf, takeChallenge } from './halfway'
import { typed } from './typed'

const minuteMs = 60_000
/** The names of this form's own fields begin so; every other is carried on to where it was going. */
const ownFields = 'step_'

/**
 * Lets through who proved a second factor a moment ago, as they signed in or since. Anybody else is asked
 * for one now; a form that was sent is carried through in hidden fields and sent on unchanged.
 */
export function stepUpGuard(deps: AppDeps): RequestHandler {
  return async (req, res, next) => {
    const { steppedUpAt = 0 } = req.session
    const age = deps.clock.now().getTime() - steppedUpAt
    // A form of another session is given back by its handler as such.
    if (age < deps.config.limits.stepUpMinutes * minuteMs || req.csrfFailed) return next()
    const method = req.method === 'GET' ? 'GET' : 'POST'
    await showStepUp(deps, req, res, { to: localPath(req.originalUrl), method, problem: null })
  }
}

export function stepUpRoutes(deps: AppDeps): Router {
  const { db, clock, config } = deps
  const routes = routeTable()
  const brake = guessBrake(deps, 'factor')

  routes.post('/step-up', { who: 'signed-in', csrf: 'flag' }, async (req, res) => {
    const to = localPath(typed(req, 'step_to'))
    const method = typed(req, 'step_method') === 'POST' ? 'POST' : 'GET'
    const back = (problem: StepUpProblem) => showStepUp(deps, req, res, { to, method, problem })
    if (req.csrfFailed) return back('expired')
    const { id } = req.user!
    const signed = typed(req, 'step_passkey')
    let proof: Proof = { kind: 'typed', text: typed(req, 'step_code') }
    if (signed === '') await brake.consume(req, { id })
    else {
      const challenge = takeChallenge(req, 'stepChallenge')
      const passkey = await readPasskey(db, config.staffUrl, challenge, signed)
      if (!passkey) return back('passkey')
      proof = { kind: 'passkey', passkey }
    }
    if (!(await recordStepUp(id, proof))) return back(signed === '' ? 'wrong' : 'passkey')
    if (signed === '') await brake.forgive(req, { id })
    await renewSession(req, { keep: true })
    req.session.steppedUpAt = clock.now().getTime()
    // 307: the browser sends the same form once more, to where it was going.
    res.redirect(method === 'POST' ? 307 : 303, to)
  })

  return routes.router

  async function recordStepUp(personId: string, proof: Proof): Promise<boolean> {
    const secrets = staffSecrets(config.keys.staffKey)
    return asActor(db, personId, async (tx) => {
      const now = clock.now()
      const account = await lockAccount(tx, personId)
      if (account?.state !== 'active') return false
      const factor = await proveFactor(tx, secrets, account, proof, now)
      if (!factor) return false
      await appendEntry(tx, now, {
        kind: 'person.stepped_up',
        private: { person: personId, factor },
      })
      return true
    })
  }
}

type StepUpProblem = 'wrong' | 'passkey' | 'expired'

async function showStepUp(
  { db, config }: AppDeps,
  req: Request,
  res: Response,
  asked: { to: string; method: 'GET' | 'POST'; problem: StepUpProblem | null },
): Promise<void> {
  const { totpSince, passkeys } = await listFactors(db, req.user!.id)
  const options =
    passkeys.length > 0
      ? await requestOptions(config.staffUrl, challengeOf(req, 'stepChallenge'), passkeys)
      : null
  res.status(asked.problem ? 422 : 403)
  res.render('accounts/step-up', {
    problem: asked.problem,
    hasApp: totpSince !== null,
    passkey: options && JSON.stringify(options),
    demonstration: config.demonstration,
    back: placeBefore(asked.to),
    carried: [
      { name: 'step_to', value: asked.to },
      { name: 'step_method', value: asked.method },
      ...(asked.method === 'POST' ? carriedFields(req.body, ownFields) : []),
    ],
  })
}

/** The page that a form stands on: of `/batches/1/download` it is `/batches/1`. */
function placeBefore(to: string): string {
  const parts = to.split('?')[0]!.split('/')
  return parts.length > 2 ? parts.slice(0, -1).join('/') : parts.join('/')
}
