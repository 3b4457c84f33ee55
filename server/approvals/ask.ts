import type { Request, Response } from 'express'
import { carriedFields } from '../web/carried-fields'
import { textsOf } from '../web/choose-language'
import type { AppDeps } from '../web/deps'
import { hasSecond } from './list-approvals'
import { approvalReasons, type ApprovalKind } from './kinds'
import type { Acted } from './request-approval'

/** The names of this form's own fields begin so; every other is carried on to where it was going. */
const ownFields = 'approval_'

/** Why somebody wants what another person has to approve, as it was chosen. */
export function reasonOf(req: Request<never> | Request): string | undefined {
  const reason = ((req.body ?? {}) as Record<string, unknown>)['approval_reason']
  return typeof reason === 'string' ? reason : undefined
}

/**
 * Answers an act that may need two people: leads on where it is done, asks why where that is missing, and
 * shows the request where it waits.
 */
export async function answerActed(
  deps: AppDeps,
  req: Request<never> | Request,
  res: Response,
  acted: Acted,
  { done, back }: { done: string; back: string },
): Promise<void> {
  switch (acted.outcome) {
    case 'done':
      return res.redirect(303, done)
    case 'asked':
      return res.redirect(303, `/approvals/${acted.approvalId}?asked`)
    case 'reason':
      await showAsk(deps, req, res, { kind: acted.kind, back })
  }
}

/** Says that this needs another person, and asks why; the form that was sent is carried along. */
export async function showAsk(
  { db, config }: AppDeps,
  req: Request<never> | Request,
  res: Response,
  { kind, back }: { kind: ApprovalKind; back: string },
): Promise<void> {
  const t = textsOf(res)
  // Sent from this page, and nothing chosen.
  const missing = Object.hasOwn((req.body ?? {}) as object, 'approval_asked')
  const { approvalHours, soloApprovalHours } = config.limits
  const error = missing ? t('approvals:ask.missing') : null
  res.status(missing ? 422 : 200).render('approvals/ask', {
    kind,
    action: req.originalUrl,
    back,
    second: await hasSecond(db, req.user!.id),
    hours: approvalHours,
    soloHours: soloApprovalHours,
    error,
    errors: error ? [{ id: 'approval_reason', message: error }] : [],
    reasons: approvalReasons[kind].map((value) => ({
      value,
      text: t(`approvals:reason.${value}`),
    })),
    carried: [...carriedFields(req.body, ownFields), { name: 'approval_asked', value: 'yes' }],
  })
}
