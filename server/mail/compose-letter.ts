import { textIn } from '../authority/prepare-pack'
import { aboutApproval } from '../approvals/letters'
import type { Config } from '../config'
import type { Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { readClaimContent } from '../claims/claim-content'
import { personOf } from '../claims/person-of'
import { countQuestionsFor } from '../messages/tell-of-questions'
import { findClaimForm, findMatterById } from '../matters/list-matters'
import type { Matter } from '../matters/matter-file'
import { findAlert } from '../oversight/list-alerts'
import { monthToReview } from '../oversight/remind-of-review'
import type { CopyKind } from '../vault/claimant-copies'
import type { Vault, WorkerVault } from '../vault/vault'
import { digestToken, type VerificationSecrets } from '../vault/verification-secrets'
import { translator } from '../web/languages'
import { showMoment, showMonth } from '../web/show-moment'
import { aboutClaim, type About, type Values } from './claim-letters'
import * as letters from './letters.store'
import * as store from './mail.store'
import { renderLetter } from './render-letter'
import { sealedLetter } from './sealed-letters'
import { isMailTemplate, mailTemplates } from './templates'
import type { Letter } from './transport'
import { usable } from './verify-letter'

export interface ComposeDeps {
  db: Db
  clock: Clock
  vault: Vault & Pick<WorkerVault, 'openFromWorkerBox'>
  config: Pick<Config, 'publicUrl' | 'staffUrl' | 'operatorName' | 'operatorContact' | 'limits'>
  /** link and code of a verification or invitation, derived from its id */
  secretsOf: (id: string) => VerificationSecrets
  /** of the link under which a claimant finds their copy */
  copyTokenOf: (kind: CopyKind, claimId: string, version: number) => string
}

/**
 * The mail as it goes out now, or null when it should not go out any more: the link was replaced or
 * used, the claim or the draft is gone, the account is closed. Opening the address is on the record like any other.
 */
export async function composeLetter(
  deps: ComposeDeps,
  mail: store.MailRow,
): Promise<Letter | null> {
  if (!isMailTemplate(mail.template)) throw new Error('a mail names a template that does not exist')
  const content = await contentOf(deps, mail)
  if (!content) return null

  const { publicUrl, staffUrl, operatorName, operatorContact } = deps.config
  const rendered = await renderLetter(
    mail.template,
    {
      language: mail.language,
      site: publicUrl,
      operatorName,
      operatorContact,
      home: mailTemplates[mail.template].to === 'person' ? staffUrl : publicUrl,
    },
    content.about,
  )
  const { stop } = content.about
  return {
    mailId: mail.id,
    to: content.to,
    language: mail.language,
    ...rendered,
    ...(typeof stop === 'string' && { unsubscribe: stop }),
  }
}

async function contentOf(
  deps: ComposeDeps,
  mail: store.MailRow,
): Promise<{ to: string; about: Values } | null> {
  const sealed = sealedLetter(mail.template)
  if (sealed) return sealed.read(deps, mail)
  const about = await aboutOf(deps, mail)
  if (!about) return null
  const to = await addressOf(deps, mail)
  return to === null ? null : { to, about }
}

async function aboutOf(deps: ComposeDeps, mail: store.MailRow): Promise<About> {
  if (mail.claim_id !== null) return aboutClaim(deps, mail, mail.claim_id)
  const subject = mail.subject_id
  if (subject === null) throw new Error('this mail needs a subject')
  switch (mail.template) {
    case 'invitation':
      return aboutInvitation(deps, mail, subject)
    case 'batch-ready':
      return aboutBatch(deps, mail, subject)
    case 'alert':
      return aboutAlert(deps, mail, subject)
    case 'recall': {
      const count = await letters.countMailRecalls(deps.db, mail.person_id!)
      return count === 0 ? null : { count, link: `${deps.config.staffUrl}/recalls` }
    }
    case 'log-review-due':
      return aboutLogReview(deps, mail, subject)
    case 'questions-waiting':
      return aboutQuestions(deps, subject)
    case 'new-device':
      return aboutDevice(deps, mail, subject)
    case 'password-changed':
    case 'factors-changed':
    case 'recovery-used':
      return aboutOwnAccount(deps, mail)
    case 'factors-reset':
      return aboutReset(deps, mail)
    case 'approval-asked':
    case 'approval-solo':
    case 'approval-over':
      return aboutApproval(deps, mail, subject)
    default:
      throw new Error('this template is for claimants alone')
  }
}

async function aboutBatch(deps: ComposeDeps, mail: store.MailRow, subject: string): Promise<About> {
  const batch = await letters.selectMailBatch(deps.db, subject)
  if (!batch) return null
  const matter = await matterOf(deps, batch.matter_id)
  return {
    matter: matter.content.title[mail.language],
    batch: batch.number,
    count: batch.claim_count ?? 0,
    link: `${deps.config.staffUrl}/batches/${subject}`,
  }
}

/** Whom of the staff it is about and how many there were, and nothing of any claim. */
async function aboutAlert(
  { db, config }: ComposeDeps,
  mail: store.MailRow,
  alertId: string,
): Promise<About> {
  const alert = await findAlert(db, alertId)
  const person = alert.person_id && (await letters.selectMailPerson(db, alert.person_id))
  return {
    kind: alert.kind,
    what: translator(mail.language)(`alerts:kind.${alert.kind}`),
    ...(person && { person: person.name, role: person.role }),
    // not `count`: the texts say it as a bare number
    n: alert.count,
    most: alert.most,
    since: showMoment(alert.since, mail.language, 'Asia/Seoul'),
    at: showMoment(alert.at, mail.language, 'Asia/Seoul'),
    link: `${config.staffUrl}/oversight/alerts`,
  }
}

async function aboutLogReview(
  { db, config }: ComposeDeps,
  mail: store.MailRow,
  subject: string,
): Promise<About> {
  const month = await monthToReview(db, subject)
  if (month === null) return null
  return {
    month: showMonth(month, mail.language),
    day: config.limits.logReviewDay,
    link: `${config.staffUrl}/oversight/reviews/${month}`,
  }
}

/** As many as wait when it is sent; once they are answered it has no sense any more. */
async function aboutQuestions({ db, config }: ComposeDeps, personId: string): Promise<About> {
  const person = await letters.selectMailPerson(db, personId)
  if (!person) throw new Error('a mail is about a person who is not stored')
  const { role, firm_id: firmId } = person
  const count = await countQuestionsFor(db, { role, firmId }, config.limits.mailCountMax)
  return count === 0 ? null : { count, link: `${config.staffUrl}/messages` }
}

async function aboutDevice(
  deps: ComposeDeps,
  mail: store.MailRow,
  subject: string,
): Promise<About> {
  const device = await letters.selectMailDevice(deps.db, subject)
  // Forgotten with the account, or after long.
  if (!device) return null
  return { ...aboutOwnAccount(deps, mail), browser: device.browser || '?' }
}

/** What was changed at the moment at which the mail was queued, and where to look after it. */
function aboutOwnAccount({ config }: ComposeDeps, mail: store.MailRow): Values {
  return {
    at: showMoment(mail.created_at, mail.language, 'Asia/Seoul'),
    link: `${config.staffUrl}/account`,
  }
}

function aboutReset({ config, clock }: ComposeDeps, mail: store.MailRow): About {
  const until = new Date(mail.created_at.getTime() + config.limits.enrolHours * 3600_000)
  if (until <= clock.now()) return null
  return {
    until: showMoment(until, mail.language, 'Asia/Seoul'),
    link: `${config.staffUrl}/sign-in`,
  }
}

async function matterOf({ db }: ComposeDeps, id: string): Promise<Matter> {
  const matter = await findMatterById(db, id)
  if (!matter) throw new Error('a mail is about a matter that is not stored')
  return matter
}

async function aboutInvitation(
  deps: ComposeDeps,
  mail: store.MailRow,
  invitationId: string,
): Promise<About> {
  const link = await letters.selectInvitation(deps.db, invitationId)
  if (!usable(link, deps.clock.now())) return null
  const person = await letters.selectMailPerson(deps.db, mail.person_id!)
  if (!person) return null
  const { token } = deps.secretsOf(invitationId)
  await letters.storeInvitationHash(deps.db, invitationId, digestToken(token))
  return {
    role: person.role,
    link: `${deps.config.staffUrl}/invitation/${token}`,
    until: showMoment(link.expires_at, mail.language, 'Asia/Seoul'),
  }
}

/** The claimant's own address, from the sealed record; that of a person who signs in, from their account. */
async function addressOf(deps: ComposeDeps, mail: store.MailRow): Promise<string | null> {
  if (mail.claim_id === null) {
    const person = await letters.selectMailPerson(deps.db, mail.person_id!)
    return person && person.state !== 'disabled' ? person.email : null
  }
  const claim = await letters.selectMailClaim(deps.db, mail.claim_id)
  const form = claim && (await findClaimForm(deps.db, claim.matter_id, claim.form_version))
  if (!form) throw new Error('a claim names a form that is not stored')
  const opened = await deps.vault.open([mail.claim_id], {
    actor: { kind: 'job', job: 'send-mail', run: mail.id },
    purpose: 'mail',
  })
  const content = readClaimContent(opened.get(mail.claim_id)!.answers)
  if (mail.template === 'guardian-sign')
    return textIn(form, content.answers, 'guardian_email') || null
  return personOf(form, content).email
}
