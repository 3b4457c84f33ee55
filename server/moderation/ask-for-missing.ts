import { Temporal } from 'temporal-polyfill'
import { transition } from '../claims/claim-state'
import { addNeeds } from '../claims/needs/add-needs'
import { canBeAsked, type NeedKind } from '../claims/needs/need-kinds'
import { asActor, type Db } from '../db/connections'
import type { Clock } from '../kernel/clock'
import { appendEntry } from '../ledger/append-entry'
import type { Limits } from '../limits'
import { queueMail } from '../mail/queue-mail'
import type { ClaimForm, Lang } from '../matters/form-schema'
import { dayIn, normaliseDate } from '../matters/forms/date'
import { allQuestions } from '../matters/forms/parse-form'
import { containsResidentNumber } from '../matters/forms/resident-number'
import { lengthOf, severalLines } from '../matters/forms/text'
import type { Matter } from '../matters/matter-file'
import { addMessage } from '../messages/add-message'
import type { Vault } from '../vault/vault'
import type { Person } from '../web/person'
import { claimToDecide, type Decided } from './decide-claim'
import { updateClaim } from './moderation.store'

/** One thing that a moderator asks a person for. */
export interface AskedItem {
  kind: NeedKind
  ref: string
}

export interface AskedForMissing {
  items: AskedItem[]
  dueAt: Date
  /** what the moderator writes to the person, or empty */
  note: string
}

/** What is wrong, by field; each is worded in `needs:ask.wrong`. */
export type AskErrors = Partial<{
  items: 'items'
  due: 'due' | 'dueEarly' | 'dueLate'
  note: 'noteLong' | 'residentNumber'
}>

type AskLimits = Pick<
  Limits,
  'deficiencyDays' | 'deficiencyMinDays' | 'deficiencyMaxDays' | 'deficiencyNoteChars'
>

/**
 * All that can be asked for of a claim: questions of its form, but not the address, which is changed in a way of
 * its own, and the documents and papers of its matter.
 */
export function askable(matter: Matter, form: ClaimForm): AskedItem[] {
  const questions = allQuestions(form).filter(({ role }) => role !== 'email')
  const papers = matter.content.needs.filter(({ kind }) => kind !== 'answer' && canBeAsked(kind))
  return [
    ...questions.map(({ id }) => ({ kind: 'answer' as const, ref: id })),
    ...papers.map(({ kind, ref }) => ({ kind, ref })),
  ]
}

export function itemValue({ kind, ref }: AskedItem): string {
  return `${kind}:${ref}`
}

/** The day that is offered, and the first and last that may be chosen, as YYYY-MM-DD in the zone of the case. */
export function dueDays(now: Date, timeZone: string, limits: AskLimits) {
  const today = Temporal.PlainDate.from(dayIn(timeZone, now))
  const day = (days: number) => today.add({ days }).toString()
  return {
    offered: day(limits.deficiencyDays),
    first: day(limits.deficiencyMinDays),
    last: day(limits.deficiencyMaxDays),
  }
}

/** What was asked for as it was sent, checked. The last minute of the chosen day counts. */
export function parseAsk(
  body: Record<string, unknown>,
  { matter, form }: { matter: Matter; form: ClaimForm },
  { now, lang, limits }: { now: Date; lang: Lang; limits: AskLimits },
): { ok: true; value: AskedForMissing } | { ok: false; errors: AskErrors } {
  const sent = [body['items'] ?? []].flat()
  const items = askable(matter, form).filter((one) => sent.includes(itemValue(one)))
  const { timeZone } = matter.content
  const { first, last } = dueDays(now, timeZone, limits)
  const day = normaliseDate(textOf(body['due']), lang)
  const note = severalLines(textOf(body['note']))
  const wrongDay =
    day === undefined ? 'due' : day < first ? 'dueEarly' : day > last ? 'dueLate' : null
  const wrongNote = containsResidentNumber(note)
    ? 'residentNumber'
    : lengthOf(note) > limits.deficiencyNoteChars
      ? 'noteLong'
      : null
  const errors: AskErrors = {
    ...(items.length === 0 && { items: 'items' }),
    ...(wrongDay && { due: wrongDay }),
    ...(wrongNote && { note: wrongNote }),
  }
  if (Object.keys(errors).length > 0) return { ok: false, errors }
  const due = Temporal.PlainDate.from(day!).toZonedDateTime({ timeZone, plainTime: '23:59' })
  return { ok: true, value: { items, dueAt: new Date(due.epochMilliseconds), note } }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/**
 * Finds that a claim lacks something: the third of the decisions, with the same conditions. What is asked for, the
 * note, the state, the entry and the mail with a link for each item are one transaction.
 * @throws Problem('not_found')
 */
export async function askForMissing(
  deps: { db: Db; clock: Clock; vault: Pick<Vault, 'sealText'>; config: { limits: Limits } },
  person: Person,
  claimId: string,
  { items, dueAt, note, revision }: AskedForMissing & { revision: number },
): Promise<Decided> {
  const { db, clock, config } = deps
  return asActor(db, person.id, async (tx) => {
    const claim = await claimToDecide(tx, person, claimId, revision)
    if (typeof claim === 'string') return claim
    const now = clock.now()
    const message =
      note === ''
        ? null
        : await addMessage(tx, now, deps, {
            claimId,
            from: { personId: person.id },
            desk: 'moderators',
            about: 'deficiency',
            text: note,
          })
    await addNeeds(tx, now, config.limits, {
      claimId,
      by: person.id,
      wanted: items.map((item) => ({ ...item, required: true, dueAt })),
    })
    await updateClaim(tx, claim, {
      state: transition(claim.state, 'find_deficient'),
      cure_due_at: dueAt,
      decided_by: null,
      decided_at: null,
      decision_reason: null,
    })
    await appendEntry(tx, now, {
      kind: 'claim.found_deficient',
      claimId,
      private: {
        person: person.id,
        items: items.map(itemValue).join(','),
        due: dueAt.toISOString(),
        message,
        revision: revision + 1,
      },
    })
    await queueMail(tx, {
      template: 'claim-deficient',
      claimId,
      ...(message && { subjectId: message }),
      language: claim.language,
      at: now,
    })
    return 'decided'
  })
}
