import type { Tx } from '../db/connections'
import { closeChangeLetter, readChangeLetter } from '../claims/email-change/letters'
import { closeContinuation, readContinuation } from '../intake/mail-continuation'
import type { Limits } from '../limits'
import { filedAs } from '../matters/filed-as'
import { findMatterById } from '../matters/list-matters'
import type { Matter } from '../matters/matter-file'
import { showMoment } from '../web/show-moment'
import type { Values } from './claim-letters'
import type { ComposeDeps } from './compose-letter'
import * as letters from './letters.store'
import * as store from './mail.store'
import type { MailboxTemplate, WriterTemplate } from './templates'

/**
 * Mails whose address stands in no claim and no account: it is sealed in what they are about, opened anew
 * for each attempt, and deleted there once no mail needs it.
 */
type SealedTemplate = WriterTemplate | MailboxTemplate

export interface SealedLetter {
  to: string
  about: Values
}

interface Sealed {
  /** null when the mail has no sense any more */
  read: (deps: ComposeDeps, mail: store.MailRow) => Promise<SealedLetter | null>
  /** The mail has gone, or never will; in the transaction that records it. */
  close: (
    tx: Tx,
    mail: store.MailRow,
    now: Date,
    outcome: 'sent' | 'bounced' | 'failed' | 'dropped',
    limits: Limits,
  ) => Promise<void>
}

const change: Sealed = { read: aboutChange, close: closeChangeLetter }

const draft: Sealed = {
  read: aboutDraft,
  close: (tx, mail, now, outcome) => closeContinuation(tx, mail.subject_id!, now, outcome),
}

const sealed: Record<SealedTemplate, Sealed> = {
  'continue-filing': draft,
  'member-form': draft,
  'email-change-old': change,
  'email-change-new': change,
  'email-change-staff-notice': change,
  'email-changed-old': change,
}

/** How the address of such a mail is found and given up; undefined for every other mail. */
export function sealedLetter(template: string): Sealed | undefined {
  return Object.hasOwn(sealed, template) ? sealed[template as SealedTemplate] : undefined
}

/** Address and link stand in one box: a retry carries the same link. */
async function aboutDraft(deps: ComposeDeps, mail: store.MailRow): Promise<SealedLetter | null> {
  const draft = await readContinuation(deps, mail.subject_id!)
  if (!draft) return null
  const { slug, content } = await matterOf(deps, draft.matterId)
  return {
    to: draft.email,
    about: {
      matter: content.title[mail.language],
      link: `${deps.config.publicUrl}/matters/${slug}/file/continue/${draft.secret}`,
      until: showMoment(draft.expiresAt, mail.language, content.timeZone),
      days: deps.config.limits.draftDays,
    },
  }
}

async function aboutChange(deps: ComposeDeps, mail: store.MailRow): Promise<SealedLetter | null> {
  const claim = mail.claim_id && (await letters.selectMailClaim(deps.db, mail.claim_id))
  const letter = claim ? await readChangeLetter(deps, mail) : null
  if (!claim || !letter) return null
  const matter = await matterOf(deps, claim.matter_id)
  const { content, firm } = matter
  const { publicUrl } = deps.config
  const at = (moment: Date) => showMoment(moment, mail.language, content.timeZone)
  // The notice of the staff asks for no code: there is nothing to say yes to.
  const asks = mail.template === 'email-change-old' || mail.template === 'email-change-new'
  return {
    to: letter.to,
    about: {
      number: claim.number,
      context: filedAs(matter),
      matter: content.title[mail.language],
      firm: firm.content.name[mail.language],
      oldHint: letter.hints.old,
      newHint: letter.hints.new,
      link: `${publicUrl}/claims/email/${letter.secrets.token}`,
      ...(asks && { code: letter.secrets.code, codePage: `${publicUrl}/claims/email` }),
      until: at(letter.expiresAt),
      from: at(letter.effectFrom),
      hours: deps.config.limits.emailChangeHoldHours,
      staff: letter.origin === 'staff' ? 'yes' : undefined,
      identified: letter.identifiedBy ?? undefined,
      count: letter.claims,
    },
  }
}

async function matterOf({ db }: Pick<ComposeDeps, 'db'>, id: string): Promise<Matter> {
  const matter = await findMatterById(db, id)
  if (!matter) throw new Error('a mail is about a matter that is not stored')
  return matter
}
