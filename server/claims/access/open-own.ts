import type { Request, Response } from 'express'
import { Problem } from '../../kernel/problem'
import { filedAs } from '../../matters/filed-as'
import { findMatter } from '../../matters/list-matters'
import type { Matter } from '../../matters/matter-file'
import { speakOf } from '../../web/choose-language'
import type { AppDeps } from '../../web/deps'
import { parseClaimNumber } from '../claim-number'
import { readAccessCookie } from './access-cookie'
import { findAccess, findOwnClaims, type Access, type OwnClaim } from './own-claims'

/** A claim that is open in this browser. */
export interface OpenedOwn {
  claim: OwnClaim
  /** null: it was taken off the site */
  matter: Matter | null
  /** of the browser's cookie: opens what is sealed for it, and allows what is asked of the claim */
  secret: string
  until: Date
}

/** How far this browser is. */
export function accessOf<Params>(deps: AppDeps, req: Request<Params>): Promise<Access> {
  return findAccess(deps, readAccessCookie(req as Request, deps.config))
}

/**
 * The claim of this number if it is open in this browser, or an answer that leads to where it can be opened.
 * @throws Problem not_found when other claims are open here and this is none of them
 */
export async function openOwn(
  deps: AppDeps,
  req: Request<{ number: string }>,
  res: Response,
): Promise<OpenedOwn | undefined> {
  const access = await accessOf(deps, req)
  if (access.state !== 'open') {
    leadOn(res, access)
    return undefined
  }
  const number = parseClaimNumber(req.params.number)
  const claims = await findOwnClaims(deps.db, access.secret)
  const claim = claims.find(({ live }) => live.number === number)
  if (!claim) throw new Problem('not_found')
  const matter = await findMatter(deps.db, claim.copy.matter)
  if (matter) speakOf(res, filedAs(matter))
  return { claim, matter, secret: access.secret, until: access.until }
}

/** To the page that fits how far this browser is. */
export function leadOn(res: Response, access: Access): void {
  if (access.state === 'asked') return res.redirect(303, '/claims/asked')
  if (access.state === 'none') return res.redirect(303, '/claims?ended')
  res.redirect(303, '/claims/mine')
}
