import type { Config } from '../config'
import type { Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { readClaimContent } from '../claims/claim-content'
import { personOf } from '../claims/person-of'
import { readContinuation } from '../intake/mail-continuation'
import { findClaimForm, findMatterById } from '../matters/list-matters'
import type { Matter } from '../matters/matter-file'
import type { CopyKind } from '../vault/claimant-copies'
import type { Vault, WorkerVault } from '../vault/vault'
import { digestToken, type VerificationSecrets } from '../vault/verification-secrets'
import { showMoment } from '../web/show-moment'
import * as store from './mail.store'
import { renderLetter } from './render-letter'
import { isMailTemplate, mailTemplates } from './templates'
import type { Letter } from './transport'

export interface ComposeDeps {
  db: Db
  clock: Clock
  vault: Vault & Pick<WorkerVault, 'openFromWorkerBox'>
  config: Pick<Config, 'publicUrl' | 'staffUrl' | 'operatorName' | 'operatorContact' | 'limits'>
  /** link and code of a verification or invitation, derived from its id */
  secretsOf: (id: string) => VerificationSecrets
  /** of the link under which a claimant finds their copy */
  copyTokenOf: (kind: CopyKind, claimId: string, version: number) => string
  digestCode: (claimId: string, code: string) => Buffer
}

type Values = Record<string, string | number | undefined>

/** What one kind of mail says; null when it has no sense any more. */
type About = Values | null

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
  return { mailId: mail.id, to: content.to, language: mail.language, ...rendered }
}

async function contentOf(
  deps: ComposeDeps,
  mail: store.MailRow,
): Promise<{ to: string; about: Values } | null> {
  if (mail.template === 'continue-filing') return aboutDraft(deps, mail)
  const about = await aboutOf(deps, mail)
  if (!about) return null
  const to = await addressOf(deps, mail)
  return to === null ? null : { to, about }
}

/** Address and link stand in one box, opened anew for each attempt: a retry carries the same link. */
async function aboutDraft(
  deps: ComposeDeps,
  mail: store.MailRow,
): Promise<{ to: string; about: Values } | null> {
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

async function aboutOf(deps: ComposeDeps, mail: store.MailRow): Promise<About> {
  if (mail.claim_id !== null) return aboutClaim(deps, mail, mail.claim_id)
  const subject = mail.subject_id
  if (subject === null) throw new Error('this mail needs a subject')
  switch (mail.template) {
    case 'invitation':
      return aboutInvitation(deps, mail, subject)
    case 'batch-ready':
      return aboutBatch(deps, mail, subject)
    case 'opening-refused':
      return aboutRefusal(deps, mail, subject)
    case 'new-device':
      return aboutDevice(deps, mail, subject)
    case 'password-changed':
    case 'factors-changed':
    case 'recovery-used':
      return aboutOwnAccount(deps, mail)
    case 'factors-reset':
      return aboutReset(deps, mail)
    default:
      throw new Error('this template is for claimants alone')
  }
}

async function aboutBatch(deps: ComposeDeps, mail: store.MailRow, subject: string): Promise<About> {
  const batch = await store.selectMailBatch(deps.db, subject)
  if (!batch) return null
  const matter = await matterOf(deps, batch.matter_id)
  return {
    matter: matter.content.title[mail.language],
    batch: batch.number,
    count: batch.claim_count ?? 0,
    link: `${deps.config.staffUrl}/batches/${subject}`,
  }
}

async function aboutRefusal(
  { db, config }: ComposeDeps,
  mail: store.MailRow,
  personId: string,
): Promise<About> {
  const person = await store.selectMailPerson(db, personId)
  if (!person) throw new Error('a mail is about a person who is not stored')
  return {
    person: person.name,
    role: person.role,
    at: showMoment(mail.created_at, mail.language, 'Asia/Seoul'),
    hour: config.limits.openingsPerHour,
    day: config.limits.openingsPerDay,
  }
}

async function aboutDevice(
  deps: ComposeDeps,
  mail: store.MailRow,
  subject: string,
): Promise<About> {
  const device = await store.selectMailDevice(deps.db, subject)
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

async function aboutClaim(deps: ComposeDeps, mail: store.MailRow, claimId: string): Promise<About> {
  const { db, config } = deps
  const claim = await store.selectMailClaim(db, claimId)
  if (!claim || ['expired', 'erased'].includes(claim.state)) return null
  // Of a claim that was withdrawn, its person still sees what became of it.
  if (claim.state === 'withdrawn' && mail.template !== 'own-claims') return null
  const matter = await matterOf(deps, claim.matter_id)
  const about = (values: Values): About => ({
    number: claim.number,
    matter: matter.content.title[mail.language],
    firm: matter.firm.content.name[mail.language],
    days: config.limits.unverifiedDays,
    ...values,
  })
  switch (mail.template) {
    case 'verify-claim':
    case 'verify-corrected': {
      if (claim.state !== 'unverified' || mail.subject_id === null) return null
      const link = await store.selectVerification(db, mail.subject_id)
      if (!usable(link, deps.clock.now())) return null
      const { token, code } = deps.secretsOf(mail.subject_id)
      // Before it is sent: the link works from the moment it arrives.
      await store.storeVerificationHashes(db, mail.subject_id, {
        token_hash: digestToken(token),
        code_hash: deps.digestCode(claimId, code),
      })
      return about({
        link: `${config.publicUrl}/claims/confirm/${token}`,
        codePage: `${config.publicUrl}/claims/confirm`,
        code,
        until: showMoment(link.expires_at, mail.language, matter.content.timeZone),
        earlier: await store.selectEarlierNumber(db, claimId),
        receipt: `${config.publicUrl}/receipts/${deps.copyTokenOf('receipt', claimId, claim.version)}`,
      })
    }
    case 'own-claims': {
      const link = mail.subject_id && (await store.selectAccessLink(db, mail.subject_id))
      if (!link || !usable(link, deps.clock.now())) return null
      const { token, code } = deps.secretsOf(mail.subject_id!)
      return about({
        link: `${config.publicUrl}/claims/open/${token}`,
        askPage: `${config.publicUrl}/claims`,
        code,
        until: showMoment(link.expires_at, mail.language, matter.content.timeZone),
      })
    }
    case 'already-filed': {
      const earlier = await store.selectEarlierNumber(db, claimId)
      return earlier === undefined ? null : about({ earlier })
    }
    case 'claim-rejected':
      return claim.state === 'rejected'
        ? about({
            reason: claim.decision_reason ?? 'other',
            contact: matter.firm.content.contactEmail,
          })
        : null
    case 'claim-accepted':
      return claim.state === 'accepted' ? about({}) : null
    default:
      throw new Error('this template is not for claimants')
  }
}

async function aboutInvitation(
  deps: ComposeDeps,
  mail: store.MailRow,
  invitationId: string,
): Promise<About> {
  const link = await store.selectInvitation(deps.db, invitationId)
  if (!usable(link, deps.clock.now())) return null
  const person = await store.selectMailPerson(deps.db, mail.person_id!)
  if (!person) return null
  const { token } = deps.secretsOf(invitationId)
  await store.storeInvitationHash(deps.db, invitationId, digestToken(token))
  return {
    role: person.role,
    link: `${deps.config.staffUrl}/invitation/${token}`,
    until: showMoment(link.expires_at, mail.language, 'Asia/Seoul'),
  }
}

function usable(link: store.LinkRow | undefined, now: Date): link is store.LinkRow {
  return !!link && !link.consumed_at && !link.superseded_at && link.expires_at > now
}

/** The claimant's own address, from the sealed record; that of a person who signs in, from their account. */
async function addressOf(deps: ComposeDeps, mail: store.MailRow): Promise<string | null> {
  if (mail.claim_id === null) {
    const person = await store.selectMailPerson(deps.db, mail.person_id!)
    return person && person.state !== 'disabled' ? person.email : null
  }
  const claim = await store.selectMailClaim(deps.db, mail.claim_id)
  const form = claim && (await findClaimForm(deps.db, claim.matter_id, claim.form_version))
  if (!form) throw new Error('a claim names a form that is not stored')
  const opened = await deps.vault.open([mail.claim_id], {
    actor: { kind: 'job', job: 'send-mail', run: mail.id },
    purpose: 'mail',
  })
  return personOf(form, readClaimContent(opened.get(mail.claim_id)!.answers)).email
}
