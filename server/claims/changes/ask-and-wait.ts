import type { Response } from 'express'
import { Problem } from '../../kernel/problem'
import type { Sealer } from '../../vault/sealer'
import type { AppDeps } from '../../web/deps'
import type { OpenedOwn } from '../access/open-own'
import { ownClaimPath } from '../access/own-pages'
import type { ChangeContent, ChangeKind } from './change-kinds'
import { requestChange } from './request-change'

/** Where a browser waits until the worker has made, or refused, what was asked. */
export function changePath(number: string, changeId: string): string {
  return `${ownClaimPath(number)}/changes/${changeId}`
}

/**
 * Asks for a change of a claim that is open in this browser, and leads to the page that waits for it.
 * @throws Problem too_many_requests
 */
export async function askAndWait<Kind extends ChangeKind>(
  deps: AppDeps & { sealer: Sealer },
  res: Response,
  { claim, secret }: OpenedOwn,
  kind: Kind,
  content: ChangeContent<Kind>,
): Promise<void> {
  const { id: claimId, number } = claim.live
  const id = await requestChange(deps, { claimId, secret, kind, content })
  if (id === null) throw new Problem('too_many_requests')
  res.redirect(303, changePath(number, id))
}
