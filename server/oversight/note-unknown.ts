import type { ErrorRequestHandler, Request } from 'express'
import { asActor, type Tx } from '../db/connections'
import { Problem } from '../kernel/problem'
import type { AppDeps } from '../web/deps'
import type { Person } from '../web/person'
import { addressOf, dailyDigest } from '../web/rate-limit'
import { countRule, officeZone, windowsAt, type Alarm } from './alarm-rules'
import { countUp } from './alerts.store'
import { raiseAlert } from './raise-alert'

type Deps = Pick<AppDeps, 'db' | 'clock' | 'config'>

/** A member of staff asked for a claim that does not exist, or is none of theirs. */
export async function noteUnknown({ db, clock, config }: Deps, person: Person): Promise<void> {
  const now = clock.now()
  const { day: since } = windowsAt(now, config.limits.nightHours, officeZone)
  await asActor(db, person.id, async (tx) => {
    const count = await countUp(tx, { whose: 'own', kind: 'unknown', about: '', since })
    const alarm = countRule('unknown_person', { count, since }, config.limits.unknownPersonAlarm)
    if (alarm) await raiseAlert(tx, now, alarm, { person })
  })
}

/**
 * Somebody on the public surface gave the number of a claim, or the link of a receipt, that does not exist.
 * Counted by a keyed hash of where they are that changes daily, and for everybody together: whoever spreads
 * over many addresses shows there. Alerts of many addresses are one an hour.
 */
export async function noteUnknownOutside(deps: Deps, req: Request): Promise<void> {
  const { db, clock, config } = deps
  const now = clock.now()
  const { hour: since } = windowsAt(now, config.limits.nightHours, officeZone)
  const from = dailyDigest(deps, `unknown\0${addressOf(req)}`)
  const { unknownAddressAlarm, unknownAllAlarm } = config.limits
  await db.transaction(async (tx) => {
    const up = (kind: string, about = '') => countUp(tx, { whose: 'outside', kind, about, since })
    const one = { count: await up('address', from), since }
    const byAddress = countRule('unknown_address', one, unknownAddressAlarm)
    const all = { count: await up('all'), since }
    const byAll = countRule('unknown_all', all, unknownAllAlarm)
    const first = byAddress !== null && (await up('told')) === 1
    await raise(tx, now, [first ? byAddress : null, byAll])
  })
}

async function raise(tx: Tx, now: Date, alarms: (Alarm | null)[]): Promise<void> {
  for (const alarm of alarms) if (alarm) await raiseAlert(tx, now, alarm, { person: null })
}

/**
 * The same, once the answer is out: who tries numbers does not learn from how long it takes which exist.
 */
export async function noteUnknownAfter(
  deps: Pick<AppDeps, 'db' | 'clock' | 'config' | 'log'>,
  req: Request,
): Promise<void> {
  try {
    await noteUnknownOutside(deps, req)
  } catch (err) {
    deps.log.error({ err }, 'an unknown number was not counted')
  }
}

// An image under an opening that has run out is not among them.
const ofOneClaim =
  /^\/(claims\/:id|messages\/:claim|authority\/:matter\/papers\/:claim)(?!\/documents)/

/** Counts "not found" where a claim was asked for, whichever page it was. */
export function watchUnknown(deps: Deps): ErrorRequestHandler {
  return async (error: unknown, req, _res, next) => {
    const unknown = error instanceof Problem && error.code === 'not_found'
    // A form without the token of its session does nothing, and so sets off nothing.
    if (unknown && !req.csrfFailed && req.user && ofOneClaim.test(req.routePattern ?? '')) {
      await noteUnknown(deps, req.user)
    }
    next(error)
  }
}
