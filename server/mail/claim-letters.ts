import { countChanged } from '../claims/email-change/letters'
import { filedAs } from '../matters/filed-as'
import { findMatterById } from '../matters/list-matters'
import type { Matter } from '../matters/matter-file'
import { dataLinkToken } from '../privacy/data-link'
import { hasCopy } from '../vault/claimant-copies'
import { showMoment } from '../web/show-moment'
import type { ComposeDeps } from './compose-letter'
import * as letters from './letters.store'
import * as store from './mail.store'
import { sayDeficient, sayReminder, sayTaskLinks, type MailTask } from './task-letters'
import type { ClaimantTemplate } from './templates'
import { sayConfirmSigning, sayGuardian, sayVerify, usable } from './verify-letter'

export type Values = Record<string, string | number | MailTask[] | undefined>

/** What one kind of mail says; null when it has no sense any more. */
export type About = Values | null

/** What a mail about a claim is written from. */
export interface ClaimMail {
  mail: store.MailRow
  claimId: string
  claim: letters.MailClaim
  matter: Matter
}

type Say = (deps: ComposeDeps, about: ClaimMail) => Promise<About> | About

/** What a template needs besides number, case and firm, which every mail about a claim has. */
const says: Partial<Record<ClaimantTemplate, Say>> = {
  'verify-claim': sayVerify,
  'verify-corrected': sayVerify,
  'confirm-signing': sayConfirmSigning,
  'guardian-sign': sayGuardian,
  'own-claims': sayOwnClaims,
  'already-filed': async ({ db }, { claimId }) => {
    const earlier = await letters.selectEarlierNumber(db, claimId)
    return earlier === undefined ? null : { earlier }
  },
  'claim-rejected': ({ config }, { mail, claim, matter }) => {
    if (claim.state !== 'rejected') return null
    const until = (claim.decided_at ?? mail.created_at).getTime() + config.limits.appealDays * dayMs
    return {
      reason: claim.decision_reason ?? 'other',
      contact: matter.firm.content.contactEmail,
      until: showMoment(new Date(until), mail.language, matter.content.timeZone),
      askPage: `${config.publicUrl}/claims`,
    }
  },
  'document-destroyed': async ({ db, config }, { mail, matter }) => {
    const document = mail.subject_id && (await letters.selectMailDocument(db, mail.subject_id))
    if (!document) return null
    return {
      at: showMoment(document.created_at, mail.language, matter.content.timeZone),
      kind: document.kind,
      reason: document.reason ?? 'other',
      link: `${config.publicUrl}/claims`,
    }
  },
  'claim-changed': async ({ db }, { mail }) => ({
    what: await letters.selectChangeKind(db, mail.subject_id!),
  }),
  'data-ready': async ({ db, config, secretsOf }, { mail, matter }) => {
    const token = dataLinkToken({ secretsOf }, mail.subject_id!)
    if (!(await hasCopy(db, token, 'data'))) return null
    const until = new Date(mail.created_at.getTime() + config.limits.dataCopyDays * dayMs)
    return {
      link: `${config.publicUrl}/claims/copy/${token}`,
      until: showMoment(until, mail.language, matter.content.timeZone),
    }
  },
  'erasure-asked': async ({ db }, { mail, matter }) => {
    const asked = await letters.selectMailErasure(db, mail.subject_id!)
    return asked && { due: showMoment(asked.due_at, mail.language, matter.content.timeZone) }
  },
  'erasure-answered': async ({ db }, { mail }) => {
    const asked = await letters.selectMailErasure(db, mail.subject_id!)
    return asked && { answer: asked.answer ?? '', reason: asked.reason ?? undefined }
  },
  'claim-deficient': sayDeficient,
  'task-links': sayTaskLinks,
  reminder: sayReminder,
  'claim-accepted': ({ config }, { claim }) => {
    if (claim.state !== 'accepted') return null
    return claim.incomplete ? { link: `${config.publicUrl}/claims` } : {}
  },
  // Of several that were held up the newest tells of all.
  'message-answered': async ({ db, config }, { mail }) =>
    (await store.isNewestOfKind(db, mail)) ? { link: `${config.publicUrl}/claims` } : null,
  'email-changed': async ({ db, config }, { mail }) => ({
    count: await countChanged(db, mail.subject_id!),
    askPage: `${config.publicUrl}/claims`,
  }),
}

/** Of a claim that was withdrawn, its person still hears what became of it and of what they ask. */
const afterWithdrawal: readonly string[] = [
  'own-claims',
  'claim-withdrawn',
  'data-ready',
  'erasure-asked',
  'erasure-answered',
  'message-answered',
  'email-changed',
]

const dayMs = 24 * 60 * 60 * 1000

/** What a mail about a claim says now, or null when it should not go out any more. */
export async function aboutClaim(
  deps: ComposeDeps,
  mail: store.MailRow,
  claimId: string,
): Promise<About> {
  const { db, config } = deps
  const claim = await letters.selectMailClaim(db, claimId)
  if (!claim || ['expired', 'erased'].includes(claim.state)) return null
  if (claim.state === 'withdrawn' && !afterWithdrawal.includes(mail.template)) return null
  const matter = await findMatterById(db, claim.matter_id)
  if (!matter) throw new Error('a mail is about a matter that is not stored')
  const say = says[mail.template as ClaimantTemplate]
  const values = say ? await say(deps, { mail, claimId, claim, matter }) : {}
  return (
    values && {
      number: claim.number,
      matter: matter.content.title[mail.language],
      firm: matter.firm.content.name[mail.language],
      days: config.limits.unverifiedDays,
      context: filedAs(matter),
      ...values,
    }
  )
}

async function sayOwnClaims(deps: ComposeDeps, { mail, matter }: ClaimMail): Promise<About> {
  const { db, config } = deps
  const link = mail.subject_id && (await letters.selectAccessLink(db, mail.subject_id))
  if (!link || !usable(link, deps.clock.now())) return null
  const { token, code } = deps.secretsOf(mail.subject_id!)
  return {
    link: `${config.publicUrl}/claims/open/${token}`,
    askPage: `${config.publicUrl}/claims`,
    code,
    until: showMoment(link.expires_at, mail.language, matter.content.timeZone),
  }
}
