import { findOpenNeeds } from '../claims/needs/find-needs'
import { canBeAsked } from '../claims/needs/need-kinds'
import { needWords } from '../claims/needs/need-words'
import { linksForMail } from '../claims/needs/task-links'
import { areRemindersEnded, reminderToken } from '../claims/reminders/switch-reminders'
import { findClaimForm } from '../matters/list-matters'
import { showMoment } from '../web/show-moment'
import type { About, ClaimMail, Values } from './claim-letters'
import type { ComposeDeps } from './compose-letter'
import { sayVerify } from './verify-letter'

/** One thing that a claim lacks, as a mail lists it. */
export interface MailTask {
  label: string
  hint?: string
  /** asked for, and the claim goes on without it */
  wished: boolean
  link: string
}

/** A moderator has asked for something; nothing once that is there. */
export async function sayDeficient(deps: ComposeDeps, about: ClaimMail): Promise<About> {
  if (about.claim.state !== 'deficient') return null
  const tasks = await tasksOf(deps, about)
  return tasks && { ...tasks, note: about.mail.subject_id === null ? undefined : 'yes' }
}

/** The person asked for new links to what they have to do. */
export function sayTaskLinks(deps: ComposeDeps, about: ClaimMail): Promise<About> {
  return tasksOf(deps, about)
}

/** What is still missing; nothing when it came meanwhile, or the person wants no more reminders. */
export async function sayReminder(deps: ComposeDeps, about: ClaimMail): Promise<About> {
  const { db, config } = deps
  const { claimId, mail, claim } = about
  if (await areRemindersEnded(db, claimId)) return null
  const missing =
    mail.subject_id !== null
      ? await sayVerify(deps, about)
      : ['rejected', 'duplicate', 'unverified'].includes(claim.state)
        ? null
        : await tasksOf(deps, about)
  const token = missing && (await reminderToken(deps, claimId))
  return token
    ? { ...missing, stop: `${config.publicUrl}/reminders/${token}?lang=${mail.language}` }
    : null
}

/** What is missing with a link for each; null when nothing is. */
async function tasksOf(
  deps: ComposeDeps,
  { mail, claimId, claim, matter }: ClaimMail,
): Promise<Values | null> {
  const { db, clock, config } = deps
  const form = await findClaimForm(db, claim.matter_id, claim.form_version)
  if (!form) throw new Error('a claim names a form that is not stored')
  const needs = (await findOpenNeeds(db, claimId)).filter(({ kind }) => canBeAsked(kind))
  const links = await linksForMail(deps, clock.now(), mail.id, needs)
  const tasks = needs.flatMap((need): MailTask[] => {
    const words = needWords(need, { matter, form }, mail.language)
    const link = `${config.publicUrl}/tasks/${links.get(need.id)}?lang=${mail.language}`
    return words ? [{ ...words, wished: !need.required, link }] : []
  })
  if (tasks.length === 0) return null
  const { timeZone } = matter.content
  const due = claim.cure_due_at
  // Whoever reads Korean may well be there, whatever court it is.
  const inKorea = due && mail.language === 'ko' && timeZone !== 'Asia/Seoul'
  return {
    tasks,
    until: due ? showMoment(due, mail.language, timeZone) : undefined,
    untilKorea: inKorea ? showMoment(due, mail.language, 'Asia/Seoul') : undefined,
  }
}
