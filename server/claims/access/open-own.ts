import type { Request, Response } from 'express'
import { Problem } from '../../kernel/problem'
import type { AppDeps } from '../../web/deps'
import { parseClaimNumber } from '../claim-number'
import { readAccessCookie } from './access-cookie'
import { findAccess, findOwnClaims, type Access, type OwnClaim } from './own-claims'

/** What the cookie of a request opens, for every page of a claimant's own. */
export function openOwnClaims(deps: AppDeps) {
  const { db, config } = deps

  function accessOf<Params>(req: Request<Params>): Promise<Access> {
    return findAccess(deps, readAccessCookie(req as Request, config))
  }

  return {
    accessOf,

    /** The claim of this number if it is open in this browser, or an answer that leads to where it can be opened. */
    openOwn: async (
      req: Request<{ number: string }>,
      res: Response,
    ): Promise<{ claim: OwnClaim; secret: string; until: Date } | undefined> => {
      const access = await accessOf(req)
      if (access.state !== 'open') {
        leadOn(res, access)
        return undefined
      }
      const number = parseClaimNumber(req.params.number)
      const claims = await findOwnClaims(db, access.secret)
      const claim = claims.find(({ live }) => live.number === number)
      if (!claim) throw new Problem('not_found')
      return { claim, secret: access.secret, until: access.until }
    },
  }
}

/** To the page that fits how far this browser is. */
export function leadOn(res: Response, access: Access): void {
  if (access.state === 'asked') return res.redirect(303, '/claims/asked')
  if (access.state === 'none') return res.redirect(303, '/claims?ended')
  res.redirect(303, '/claims/mine')
}
