import type { Request } from 'express'
import { digestToken } from '../vault/verification-secrets'
import type { AppDeps } from '../web/deps'
import { growingWait } from '../web/growing-wait'
import { addressOf, limit } from '../web/rate-limit'
import { deviceTokenOf } from './devices'
import { isKnownDevice } from './devices.store'

const dayMs = 24 * 3600 * 1000

export interface GuessBrake {
  /** Counts a try. @throws Problem too_many_requests */
  consume(req: Request, whose: Whose): Promise<void>
  /** Forgets the tries from this place, after a right one. */
  forgive(req: Request, whose: Whose): Promise<void>
}

/** The account that is guessed at, by what was typed or by what is known already. */
export type Whose = { email: string } | { id: string }

/**
 * How guessing is braked without locking honest people out:
 *
 * 1. Each account has a growing wait for each network that guesses at it: some free tries, then a
 *    minute, two, four, up to an hour. A stranger elsewhere does not lengthen anybody else's wait.
 * 2. All tries at one account from browsers that it does not know are counted together, so that many
 *    networks are no way round; that number is high and runs out within the hour.
 * 3. A browser in which the person signed in before has its own growing wait and is not counted with
 *    the others: while strangers hammer, it still gets in. So does a passkey, which cannot be guessed.
 *
 * Nothing of it is for ever, and whether the account exists makes no difference.
 */
export function guessBrake(deps: AppDeps, name: 'signIn' | 'factor'): GuessBrake {
  const { limits } = deps.config
  const waits = growingWait(deps, {
    name,
    free: limits.waitFreeGuesses,
    firstSeconds: limits.waitFirstSeconds,
    mostSeconds: limits.waitMostSeconds,
  })
  const together = limit(deps, {
    name: `${name}-unknown`,
    by: () => '',
    ...limits.rate[name],
    store: 'database',
  })
  const placeOf = async (req: Request, whose: Whose) => {
    const token = deviceTokenOf(req, deps.config)
    const since = new Date(deps.clock.now().getTime() - limits.deviceDays * dayMs)
    const known = token !== null && (await isKnownDevice(deps.db, whose, digestToken(token), since))
    const subject = Object.values(whose).join()
    return { known, subject, place: `${subject}\0${known ? `device ${token}` : addressOf(req)}` }
  }
  return {
    async consume(req, whose) {
      const { known, subject, place } = await placeOf(req, whose)
      await waits.consume(place)
      if (!known) await together.consume(subject)
    },
    async forgive(req, whose) {
      await waits.forgive((await placeOf(req, whose)).place)
    },
  }
}
