import type { Request, Response } from 'express'
import { Problem } from '../../kernel/problem'
import type { AppDeps } from '../../web/deps'
import { parseClaimNumber } from '../claim-number'
import { readAccessCookie } from './access-cookie'
import { findAccess, findOwnClaims, type Access, type OwnClaim } from './own-claims'

/** A claim that is open in the browser that asks, and by which secret. */
export interface OpenedOwn {
  claim: OwnClaim
  secret: string
  until: Date
}

/** What every page of a claimant's own claims begins with. */
export function ownClaimOpener(deps: Pick<AppDeps, 'db' | 'clock' | 'config'>) {
  const accessOf = <Params>(req: Request<Params>): Promise<Access> =>
    findAccess(deps, readAccessCookie(req as Request, deps.config))

  /** To the page that fits how far this browser is. */
  function leadOn(res: Response, access: Access): void {
    if (access.state === 'asked') return res.redirect(303, '/claims/asked')
    if (access.state === 'none') return res.redirect(303, '/claims?ended')
    res.redirect(303, '/claims/mine')
  }

  /**
   * The claim of this number if it is open in this browser, or an answer that leads to where it can be opened.
   * @throws Problem('not_found') when it is none of this browser's
   */
  async function openOwn(
    req: Request<{ number: string }>,
    res: Response,
  ): Promise<OpenedOwn | undefined> {
    const access = await accessOf(req)
    if (access.state !== 'open') {
      leadOn(res, access)
      return undefined
    }
    const number = parseClaimNumber(req.params.number)
    const claims = await findOwnClaims(deps.db, access.secret)
    const claim = claims.find(({ live }) => live.number === number)
    if (!claim) throw new Problem('not_found')
    return { claim, secret: access.secret, until: access.until }
  }

  return { accessOf, openOwn, leadOn }
}
