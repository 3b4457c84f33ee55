import type { Response } from 'express'
import type { Given } from './find-confirmation'

/**
 * The page that waits until the worker has checked a link or code. It loads itself again, with JavaScript
 * or without, and says that nothing is confirmed yet.
 * @param about `again`: its own address with the id of what was taken down; `signed`: papers wait too
 */
export function showConfirming(
  res: Response,
  { id, long }: Given,
  about: {
    again: string
    signed: boolean
    case?: { name: string; href: string } | undefined
    refreshSeconds: number
  },
): void {
  res.render('claims/confirming', {
    wait: {
      again: about.again,
      ready: long ? null : `/claims/confirm/ready?sent=${id}`,
      long,
      signed: about.signed,
      case: about.case ?? null,
      refresh: long ? undefined : about.refreshSeconds,
    },
  })
}
